"""Runs a command in a network of its own making: `unshare -n -m python3 netns.py COMMAND…`, as root.

A resolver on 127.0.0.1 answers by the first label of the name, ports are dropped or rejected, one IPv6 address is dead.
"""

import base64
import hashlib
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading

NXDOMAIN, SERVFAIL = 3, 2
ADDRESSES = {
    "nothing": {},
    "sinkhole": {1: socket.inet_aton("0.0.0.0")},
    "both": {1: socket.inet_aton("127.0.0.1"), 28: socket.inet_pton(socket.AF_INET6, "2001:db8::7")},
}
RULES = """
table inet test {
  chain input {
    type filter hook input priority 0;
    tcp dport 7001 drop
    tcp dport 7002 reject with icmpx type admin-prohibited
    tcp dport 7003 reject with tcp reset
    ip6 daddr 2001:db8::7 drop
  }
}
"""


def shell(*command, given=None):
    subprocess.run(command, input=given, text=True, check=True)


def name_of(query):
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1 : at + 1 + query[at]].decode())
        at += 1 + query[at]
    return labels, at + 5


def reply(query):
    labels, end = name_of(query)
    kind = struct.unpack(">H", query[end - 4 : end - 2])[0]
    question = query[12:end]
    if labels[0] == "silent":
        return None
    code = {"missing": NXDOMAIN, "broken": SERVFAIL}.get(labels[0], 0)
    data = ADDRESSES.get(labels[0], {}).get(kind)
    answer = b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data if data else b""
    header = query[:2] + struct.pack(">HHHHH", 0x8180 | code, 1, 1 if data else 0, 0, 0)
    return header + question + answer


def resolve(server):
    while True:
        query, client = server.recvfrom(512)
        answer = reply(query)
        if answer:
            server.sendto(answer, client)


def serve(listener):
    while True:
        client, _ = listener.accept()
        client.recv(4096)
        client.sendall(b"HTTP/1.1 426 Upgrade Required\r\nContent-Length: 16\r\n\r\nUpgrade Required")
        client.close()


def upgrade(client):
    head = client.recv(4096).decode()
    key = head.split("Sec-WebSocket-Key: ")[1].split("\r\n")[0]
    accept = base64.b64encode(hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest())
    client.sendall(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


def forget(listener):
    """Serves one connection well, and drops everything of the second once it is upgraded."""
    client, _ = listener.accept()
    upgrade(client)
    client.recv(4096)
    client.sendall(b"\x8a\x06wscope")
    client.recv(4096)
    client.sendall(b"\x88\x02\x03\xe8")
    client.close()
    client, _ = listener.accept()
    upgrade(client)
    shell("nft", "add", "rule", "inet", "test", "input", "tcp", "dport", "7010", "drop")
    threading.Event().wait()


def start(target, *arguments):
    threading.Thread(target=target, args=arguments, daemon=True).start()


def main():
    shell("ip", "link", "set", "lo", "up")
    shell("ip", "-6", "addr", "add", "2001:db8::7/128", "dev", "lo")
    shell("nft", "-f", "-", given=RULES)
    with tempfile.NamedTemporaryFile("w") as conf:
        conf.write("nameserver 127.0.0.1\noptions timeout:2 attempts:1\n")
        conf.flush()
        os.chmod(conf.name, 0o644)
        shell("mount", "--bind", conf.name, "/etc/resolv.conf")
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 53))
        start(resolve, server)
        for port in (443, 9001):
            start(serve, socket.create_server(("127.0.0.1", port)))
        start(forget, socket.create_server(("127.0.0.1", 7010)))
        sys.exit(subprocess.run(sys.argv[1:]).returncode)


main()
