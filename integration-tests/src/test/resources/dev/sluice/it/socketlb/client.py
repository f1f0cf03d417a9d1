# SPDX-License-Identifier: Apache-2.0
"""Words for clients: who(...) is the backend that answers, or the name of the error."""
import errno
import json
import socket
import sys
import time


def made(host, kind):
    s = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind)
    s.settimeout(1)
    return s


def name(error):
    return "nothing came" if isinstance(error, TimeoutError) else errno.errorcode[error.errno]


def ask(s):
    s.sendall(b"hello")
    return json.loads(s.recv(4096))["backend"]


def who(host, port, kind=socket.SOCK_STREAM):
    with made(host, kind) as s:
        try:
            s.connect((host, port))
            return ask(s)
        except OSError as e:
            return name(e)


def udp(host, port):
    return who(host, port, socket.SOCK_DGRAM)


def bind(host, port, kind=socket.SOCK_STREAM):
    with made(host, kind) as s:
        try:
            s.bind((host, port))
            return "bound"
        except OSError as e:
            return name(e)


def many(count, host, port):
    return sorted({who(host, port) for _ in range(count)})


exec(sys.argv[1])
