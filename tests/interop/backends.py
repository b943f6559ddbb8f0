"""The Python backends of the check tests. Prints "NAME PORT" for each as it begins to listen."""

import asyncio

import aiohttp.web
import websockets


async def echo(socket):
    async for message in socket:
        await socket.send(message)


async def aio(request):
    socket = aiohttp.web.WebSocketResponse()
    await socket.prepare(request)
    async for message in socket:
        if message.type == aiohttp.WSMsgType.TEXT:
            await socket.send_str(message.data)
    return socket


def port(server):
    return server.sockets[0].getsockname()[1]


async def main():
    python = await websockets.serve(echo, "127.0.0.1", 0)
    print("python", port(python), flush=True)
    origins = await websockets.serve(echo, "127.0.0.1", 0, origins=["https://app.example"])
    print("origins", port(origins), flush=True)
    app = aiohttp.web.Application()
    app.router.add_get("/ws", aio)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print("aiohttp", port(site._server), flush=True)
    await asyncio.Future()


asyncio.run(main())
