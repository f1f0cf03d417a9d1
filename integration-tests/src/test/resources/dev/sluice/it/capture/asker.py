# SPDX-License-Identifier: Apache-2.0
"""A port of loopback to listen on, in both families. Says "ready", and tells each client where the kernel says it wanted to
go: by SO_ORIGINAL_DST of its family, and by getsockname."""
import signal
import socket
import struct
import sys
import threading

SO_ORIGINAL_DST = 80


def original(connection):
    if connection.family == socket.AF_INET6:
        raw = connection.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28)
        return socket.inet_ntop(socket.AF_INET6, raw[8:24]), struct.unpack('!H', raw[2:4])[0]
    raw = connection.getsockopt(socket.IPPROTO_IP, SO_ORIGINAL_DST, 16)
    return socket.inet_ntop(socket.AF_INET, raw[4:8]), struct.unpack('!H', raw[2:4])[0]


def accept(server):
    while True:
        connection, _ = server.accept()
        text = 'name=%s|%d' % connection.getsockname()[:2]
        try:
            text += ' original=%s|%d' % original(connection)
        except OSError as error:
            text += ' original=%s' % error.strerror.replace(' ', '_')
        connection.sendall(text.encode())
        connection.close()


for family, address in (socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1'):
    server = socket.socket(family)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    server.bind((address, int(sys.argv[1])))
    server.listen(64)
    threading.Thread(target=accept, args=(server,), daemon=True).start()
print('ready', flush=True)
signal.pause()
