# SPDX-License-Identifier: Apache-2.0
"""Sockets on command, one command and one answer a line; an error is answered by its name."""
import collections
import ctypes
import errno
import os
import socket
import subprocess
import sys
import threading

CLONE_NEWNET = 0x40000000
KINDS = {
    "tcp": (socket.SOCK_STREAM, 0),
    "udp": (socket.SOCK_DGRAM, 0),
    "mptcp": (socket.SOCK_STREAM, 262),
}
LIBC = ctypes.CDLL(None, use_errno=True)
SOCKETS = {}


def call(function, *arguments):
    if function(*arguments) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def make(kind, family):
    type_, protocol = KINDS[kind]
    return socket.socket(socket.AF_INET if family == "4" else socket.AF_INET6, type_, protocol)


def network():
    """10/8 and fd00::/8 are here, where nobody listens unless told to; 172.16/12 is a void."""
    for command in (
        "link set lo up",
        "address add 10.0.0.1/8 dev lo",
        "-6 address add fd00::1/128 dev lo nodad",
        "-6 route add local fd00::/8 dev lo table local",
        "link add void type veth peer name other",
        "link set void up",
        "link set other up",
        "route add 172.16.0.0/12 dev void src 10.0.0.1",
        "neighbour add 172.16.0.5 lladdr 02:00:00:00:00:05 nud permanent dev void",
    ):
        subprocess.run(["ip", *command.split()], check=True)


def enter():
    SOCKETS["home"] = os.open("/proc/self/ns/net", os.O_RDONLY)
    call(LIBC.unshare, CLONE_NEWNET)
    network()
    return "inside"


def leave():
    call(LIBC.setns, SOCKETS.pop("home"), CLONE_NEWNET)
    return "outside"


def connect(name, kind, family, host, port, local=None):
    SOCKETS[name] = opened = make(kind, family)
    if local:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        opened.bind(("", int(local)))
    opened.connect((host, int(port)))
    return str(opened.getsockname()[1])


def begin(name, kind, family, host, port):
    """A connect that nobody answers."""
    SOCKETS[name] = opened = make(kind, family)
    opened.setblocking(False)
    opened.connect((host, int(port)))


def finish(name):
    SOCKETS[name].setblocking(True)
    return receive(name)


def serve(name, family, host, port):
    SOCKETS[name] = listener = make("tcp", family)
    if family == "6":
        listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    listener.bind((host, int(port)))
    listener.listen(16)
    return "listening"


def accept(name, listener):
    SOCKETS[name], _ = SOCKETS[listener].accept()
    return "accepted"


def receive(name):
    return "received %d" % len(SOCKETS[name].recv(16))


def send(name):
    return "sent %d" % SOCKETS[name].send(b"x")


def sendto(name, host, port):
    SOCKETS[name].sendto(b"x", (host, int(port)))
    return "sent"


def open_(name, kind, family):
    SOCKETS[name] = make(kind, family)
    return "open"


def reconnect(name, host, port):
    SOCKETS[name].connect((host, int(port)))
    return str(SOCKETS[name].getsockname()[1])


def disconnect(name):
    call(LIBC.connect, SOCKETS[name].fileno(), bytes(16), 16)
    return "disconnected"


def peer(name):
    return "%s %d" % SOCKETS[name].getpeername()[:2]


def error(name):
    number = SOCKETS[name].getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    return errno.errorcode[number] if number else "none"


def many(name, host, port, count):
    SOCKETS[name] = [make("udp", "4") for _ in range(int(count))]
    for opened in SOCKETS[name]:
        opened.connect((host, int(port)))
    return "connected"


def ended(name):
    codes = [each.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) for each in SOCKETS[name]]
    return "%d of %d" % (codes.count(errno.ECONNABORTED), len(codes))


def closeall(name):
    for opened in SOCKETS.pop(name):
        opened.close()
    return "closed"


def storm(host, port):
    """Opens and closes sockets without an end, from now on."""
    recent = collections.deque(maxlen=500)

    def run():
        while True:
            opened = make("udp", "4")
            opened.connect((host, int(port)))
            recent.append(opened)

    threading.Thread(target=run, daemon=True).start()
    return "storming"


def close(name):
    SOCKETS.pop(name).close()
    return "closed"


COMMANDS = {
    function.__name__.rstrip("_"): function
    for function in (enter, leave, connect, begin, finish, serve, accept, receive, send, sendto,
                     open_, reconnect, disconnect, peer, error, many, ended, closeall, storm, close)
}

if "own" in sys.argv:
    network()
print("ready", flush=True)
for line in sys.stdin:
    command, *arguments = line.split()
    try:
        answer = COMMANDS[command](*arguments)
    except OSError as failure:
        answer = errno.errorcode[failure.errno]
    print(answer, flush=True)
