# SPDX-License-Identifier: Apache-2.0
"""Backends: one process, one thread for each address of the command line (tcp|greet|udp|dns:ADDRESS:PORT:NAME).

Every answer is one JSON text: who answers, whom it sees and what it was sent. A datagram "hold:N:..." is kept until
there are N of them; then they are answered, the last one first.
"""
import json
import socket
import struct
import sys
import threading


def answer(name, peer, data):
    return json.dumps({"backend": name, "peer": peer[:2], "data": data.decode()}).encode() + b"\n"


def talk(connection, peer, name):
    with connection:
        try:
            while data := connection.recv(65536):
                connection.sendall(answer(name, peer, data))
        except OSError:
            pass  # the client went away


def serve_tcp(listener, name):
    while True:
        connection, peer = listener.accept()
        threading.Thread(target=talk, args=(connection, peer, name), daemon=True).start()


def greet(listener, name):
    """Says who it is and hangs up: for great numbers of connections."""
    while True:
        connection, _ = listener.accept()
        connection.send(name.encode())
        connection.close()


HELD = []
LOCK = threading.Lock()


def hold(sock, name, peer, data):
    with LOCK:
        HELD.append((sock, name, peer, data))
        if len(HELD) < int(data.split(b":")[1]):
            return
        for sock, name, peer, data in reversed(HELD):
            sock.sendto(answer(name, peer, data), peer)
        HELD.clear()


def serve_udp(sock, name):
    while True:
        data, peer = sock.recvfrom(65536)
        if data.startswith(b"hold:"):
            hold(sock, name, peer, data)
        else:
            sock.sendto(answer(name, peer, data), peer)


def serve_dns(sock, name):
    """Every question of type A is answered with 192.0.2.1."""
    while True:
        query, peer = sock.recvfrom(4096)
        end = query.index(b"\0", 12) + 5
        head = query[:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0)
        record = struct.pack(">HHHIH4s", 0xC00C, 1, 1, 60, 4, socket.inet_aton("192.0.2.1"))
        sock.sendto(head + query[12:end] + record, peer)


def start(word):
    kind, rest = word.split(":", 1)
    address, port, name = rest.rsplit(":", 2)
    sock = socket.socket(
        socket.AF_INET6 if ":" in address else socket.AF_INET,
        socket.SOCK_STREAM if kind in ("tcp", "greet") else socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, int(port)))
    serve = {"tcp": serve_tcp, "udp": serve_udp, "dns": serve_dns, "greet": greet}[kind]
    if sock.type == socket.SOCK_STREAM:
        sock.listen(4096)
    threading.Thread(target=serve, args=(sock, name), daemon=True).start()


for word in sys.argv[1:]:
    start(word)
print("ready", flush=True)
threading.Event().wait()
