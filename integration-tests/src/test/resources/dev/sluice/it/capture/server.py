# SPDX-License-Identifier: Apache-2.0
"""Addresses and ports to listen on, each as ADDRESS|PORT. "late" before them: nothing is accepted. "quick" before them:
the kernel isn't asked, since its table takes long to read.

Says "ready". Tells each client who it is, by accept, by getpeername and by the kernel's own table, and by which link it
came: the greatest packet of loopback is greater. Prints it too.
"""
import os
import signal
import socket
import sys
import threading


def kernel_peer(connection, family):
    """What the kernel's table of sockets has: no program on sockets changes that."""
    inode = str(os.fstat(connection.fileno()).st_ino)
    with open('/proc/self/net/tcp6' if family == socket.AF_INET6 else '/proc/self/net/tcp') as table:
        for line in table:
            fields = line.split()
            if fields[9] == inode:
                address, port = fields[2].split(':')
                raw = bytes.fromhex(address)
                words = [raw[at:at + 4][::-1] for at in range(0, len(raw), 4)]
                return socket.inet_ntop(family, b''.join(words)), int(port, 16)
    return 'gone', 0


def greatest_packet(connection, family):
    """IP_MTU, IPV6_MTU."""
    level, option = (socket.IPPROTO_IPV6, 24) if family == socket.AF_INET6 else (socket.IPPROTO_IP, 14)
    return connection.getsockopt(level, option)


def serve(connection, client, family):
    try:
        peer = connection.getpeername()
        text = 'accepted=%s accepted_port=%d peer_name=%s peer_name_port=%d' % (*client[:2], *peer[:2])
        if quick:
            text += ' mtu=%d' % greatest_packet(connection, family)
        else:
            text += ' kernel=%s kernel_port=%d' % kernel_peer(connection, family)
            print(text, flush=True)
        connection.sendall(text.encode())
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)
    except OSError:
        pass
    connection.close()


def accept(server):
    while True:
        connection, client = server.accept()
        threading.Thread(target=serve, args=(connection, client, server.family), daemon=True).start()


late, quick = (sys.argv[1] == word for word in ('late', 'quick'))
kept = []
for word in sys.argv[2 if late or quick else 1:]:
    address, port = word.split('|')
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind((address, int(port)))
    listener.listen(0 if late else 256)
    kept.append(listener)
    if not late:
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
print('ready', flush=True)
signal.pause()
