# SPDX-License-Identifier: Apache-2.0
"""Tells every client, in one line, what this server can find out about where it wanted to go.

server.py PORT: listens on both families. Fields: orig, the answer of SO_ORIGINAL_DST, or -; name, that of getsockname.
"""
import select
import socket
import struct
import sys

SO_ORIGINAL_DST = 80
FAST_OPEN = getattr(socket, "TCP_FASTOPEN", 23)


def original(connection):
    try:
        if connection.family == socket.AF_INET:
            raw = connection.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16)
            port, address = struct.unpack("!2xH4s8x", raw)
        else:
            raw = connection.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
            port, address = struct.unpack("!2xH4x16s4x", raw)
        return written(socket.inet_ntop(connection.family, address), port)
    except OSError:
        return "-"


def written(address, port):
    return "[%s]:%d" % (address, port) if ":" in address else "%s:%d" % (address, port)


def listen(family, address):
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
    listener.setsockopt(socket.IPPROTO_TCP, FAST_OPEN, 64)
    listener.bind((address, int(sys.argv[1])))
    listener.listen(4096)
    return listener


listeners = [listen(socket.AF_INET, "0.0.0.0"), listen(socket.AF_INET6, "::")]
poll = select.epoll()
open_connections = {listener.fileno(): listener for listener in listeners}
for listener in listeners:
    poll.register(listener, select.EPOLLIN)
print("listening", flush=True)
while True:
    for number, _ in poll.poll():
        ready = open_connections[number]
        if ready in listeners:
            connection, _ = ready.accept()
            try:
                name = connection.getsockname()
                line = "orig=%s name=%s\n" % (original(connection), written(name[0], name[1]))
                connection.sendall(line.encode())
            except OSError:
                connection.close()
                continue
            open_connections[connection.fileno()] = connection
            poll.register(connection, select.EPOLLIN)
        else:
            try:
                if ready.recv(4096):
                    continue
            except OSError:
                pass
            del open_connections[number]
            poll.unregister(ready)
            ready.close()
