# SPDX-License-Identifier: Apache-2.0
"""serve PORT: answers each datagram with where it came from. ask ADDRESS PORT: connected, then not connected."""
import socket
import sys


def family(address):
    return socket.AF_INET6 if ':' in address else socket.AF_INET


if sys.argv[1] == 'serve':
    server = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    server.bind(('::', int(sys.argv[2])))
    print('ready', flush=True)
    while True:
        _, client = server.recvfrom(100)
        server.sendto(('source=%s source_port=%d' % client[:2]).encode(), client)
else:
    address, port = sys.argv[2], int(sys.argv[3])
    for connected in (True, False):
        client = socket.socket(family(address), socket.SOCK_DGRAM)
        client.settimeout(5)
        if connected:
            client.connect((address, port))
            client.send(b'?')
        else:
            client.sendto(b'?', (address, port))
        answer, peer = client.recvfrom(100)
        print('peer=%s peer_port=%d own_port=%d %s' % (
            *peer[:2], client.getsockname()[1], answer.decode()), flush=True)
