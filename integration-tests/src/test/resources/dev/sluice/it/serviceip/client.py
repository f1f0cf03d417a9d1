# SPDX-License-Identifier: Apache-2.0
"""Connects to services and prints, one line a connection, what the other end said.

client.py KIND COUNT DESTINATION...: KIND is plain, mptcp, fastopen or http; a destination is ADDRESS,PORT, where an
address ::ffff:a.b.c.d means an IPv6 socket. Each destination in turn, COUNT times.
client.py crowd OPEN TOTAL DESTINATION...: OPEN connections at once until there were TOTAL; prints one line that says how
many were told another destination than they had dialled, and how many of those open at once had a source port that
another one had too.
"""
import collections
import errno
import socket
import sys

MPTCP = 262
FAST_OPEN_DATA = 32  # TCPI_OPT_SYN_DATA


def written(address, port):
    address = address.removeprefix("::ffff:")
    return "[%s]:%d" % (address, port) if ":" in address else "%s:%d" % (address, port)


def made(kind, address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM, MPTCP if kind == "mptcp" else 0)


def answer(connection, to_the_end):
    text = b""
    while to_the_end or not text.endswith(b"\n"):
        more = connection.recv(4096)
        if not more:
            break
        text += more
    return text.decode().strip()


def once(kind, address, port):
    with made(kind, address) as connection:
        connection.settimeout(5)
        try:
            if kind == "fastopen":
                connection.sendto(b"early\n", socket.MSG_FASTOPEN, (address, port))
            else:
                connection.connect((address, port))
            if kind == "http":
                connection.sendall(b"GET / HTTP/1.0\r\n\r\n")
                return "body=" + answer(connection, True).splitlines()[-1]
            said = answer(connection, False)
            if kind == "fastopen":
                options = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[5]
                said += " early=%s" % bool(options & FAST_OPEN_DATA)
            return said or "error=EOF"
        except OSError as failed:
            return "error=" + (errno.errorcode[failed.errno] if failed.errno else "timeout")


def crowd(at_once, total, destinations):
    mistaken = shared = done = 0
    while done < total:
        there = []
        for number in range(at_once):
            address, port = destinations[number % len(destinations)]
            connection = made("plain", address)
            connection.settimeout(10)
            connection.connect((address, port))
            there.append((connection, written(address, port)))
        ports = collections.Counter(connection.getsockname()[1] for connection, _ in there)
        shared += sum(1 for connection, _ in there if ports[connection.getsockname()[1]] > 1)
        for connection, dialled in there:
            said = answer(connection, False)
            if said != "orig=%s name=%s" % (dialled, dialled):
                mistaken += 1
                if mistaken < 4:
                    print("example=%r dialled=%s" % (said, dialled), file=sys.stderr)
        for connection, _ in there:
            connection.close()
        done += at_once
    print("total=%d shared=%d mistaken=%d" % (done, shared, mistaken))


words = sys.argv[1:]
targets = [(word.split(",")[0], int(word.split(",")[1])) for word in words if "," in word]
if words[0] == "crowd":
    crowd(int(words[1]), int(words[2]), targets)
else:
    for _ in range(int(words[1])):
        for target in targets:
            print("dialled=%s %s" % (written(*target), once(words[0], *target)), flush=True)
