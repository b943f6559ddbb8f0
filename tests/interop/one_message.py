"""Sends a file as one binary message in one frame to the first client, then closes. Prints its port first."""

import base64
import hashlib
import os
import socket
import sys

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
client, _ = listener.accept()

head = b""
while not head.endswith(b"\r\n\r\n"):
    head += client.recv(4096)
key = next(line.split(b": ", 1)[1] for line in head.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
accept = base64.b64encode(hashlib.sha1(key + GUID).digest())
client.sendall(
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
)

with open(sys.argv[1], "rb") as file:
    size = os.fstat(file.fileno()).st_size
    client.sendall(b"\x82\x7f" + size.to_bytes(8, "big"))
    client.sendfile(file)
client.sendall(b"\x88\x02\x03\xe8")
client.shutdown(socket.SHUT_WR)
while client.recv(4096):
    pass
