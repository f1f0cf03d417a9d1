# SPDX-License-Identifier: Apache-2.0
"""Where to connect to, each as ADDRESS|PORT or ADDRESS|PORT|SOURCE or ADDRESS|PORT|SOURCE|SOURCEPORT.

Prints a line for each: whom it thinks it talks to, who it is itself, and what the server said. "hold" before them: all
are connected first, nothing is read, and they stay open.
"""
import errno
import signal
import socket
import sys
import time


def dial(address, port, source=None, source_port=0):
    client = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
    client.settimeout(5)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if source:
        client.bind((source, int(source_port)))
    # A pair would have no room for the zone of a link-local address.
    client.connect(socket.getaddrinfo(address, int(port), client.family, socket.SOCK_STREAM)[0][4])
    return client


def patiently(*words):
    """A port that a connection had until a moment ago is to be had a second later (tcp_tw_reuse)."""
    for _ in range(100):
        try:
            return dial(*words)
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EADDRINUSE):
                raise
            time.sleep(0.05)
    return dial(*words)


hold = sys.argv[1] == 'hold'
kept = []
for word in sys.argv[2 if hold else 1:]:
    try:
        client = patiently(*word.split('|'))
        peer, own = client.getpeername(), client.getsockname()
        text = 'peer=%s peer_port=%d own=%s own_port=%d' % (*peer[:2], *own[:2])
        if hold:
            kept.append(client)
        else:
            text += ' ' + client.makefile().read()
            client.close()
        print(text, flush=True)
    except OSError as error:
        print('error=' + (errno.errorcode[error.errno] if error.errno else 'timeout'), flush=True)
if hold:
    print('held', flush=True)
    signal.pause()
