"""An echo server on Python's websockets, for tests/it/interop.rs.

Prints its port. Every third text comes back as binary, every fourth message in fragments, and a ping goes before
every fiftieth. Ends when its stdin does. Arguments: certificate and key as PEM files, for TLS.
"""

import asyncio
import ssl
import sys

from websockets.asyncio.server import serve

LIMIT = 8 << 20


async def echo(connection):
    number = 0
    async for message in connection:
        if number % 50 == 0:
            await connection.ping()
        if number % 3 == 0 and isinstance(message, str):
            message = message.encode()
        await connection.send(fragments(message) if number % 4 == 0 else message)
        number += 1


def fragments(message):
    third = len(message) // 3
    return [message[:third], message[third : 2 * third], message[2 * third :]]


async def main():
    tls = None
    if len(sys.argv) > 1:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(sys.argv[1], sys.argv[2])
    compression = "deflate" if tls is None else None
    async with serve(echo, "127.0.0.1", 0, ssl=tls, compression=compression, max_size=LIMIT) as server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)
        server.close(close_connections=True)


asyncio.run(main())
