#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A CNI agent as far as a node's proxy sees it, written from the published protocol (pkg/zdsapi/zds.proto of istio/istio):

    agent.py SOCKET

Listens at SOCKET, takes one connection at a time, and prints "hello HEX". Then each line of standard input is an order, and
each answer of the proxy is printed as "ack TEXT" with the error, or "bytes HEX" if it isn't of that form:

    add UID NAMESPACE NAME PATH   hand over the network namespace that PATH names
    keep UID | del UID | snapshot
    raw HEX [PATH ...]            these bytes, with these files' descriptors
    close                         hang up and take the next connection
"""

import array
import os
import socket
import sys


def number(value):
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def field(tag, content):
    return number(tag << 3 | 2) + number(len(content)) + content


def text(answer):
    """The error in a WorkloadResponse{ack=1: Ack{error=1}}."""

    def content(message):
        assert message[0] == 0x0A
        at, shift, length = 1, 0, 0
        while True:
            length |= (message[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
            if message[at - 1] < 0x80:
                break
        assert len(message) == at + length
        return message[at:]

    ack = content(answer)
    return content(ack).decode() if ack else ""


def send(connection, message, paths=()):
    files = [os.open(path, os.O_RDONLY) for path in paths]
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", files))] if files else []
    connection.sendmsg([message], rights)
    for file in files:
        os.close(file)
    answer = connection.recv(1024)
    try:
        print("ack " + text(answer), flush=True)
    except (AssertionError, IndexError, UnicodeDecodeError):
        print("bytes " + answer.hex(), flush=True)


def main():
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listener.bind(sys.argv[1])
    listener.listen()
    print("listening", flush=True)
    connection = None
    while True:
        if connection is None:
            connection, _ = listener.accept()
            connection.settimeout(10)
            print("hello " + connection.recv(1024).hex(), flush=True)
        words = sys.stdin.readline().split()
        if not words:
            return
        match words:
            case ["add", uid, namespace, name, path]:
                info = field(1, name.encode()) + field(2, namespace.encode()) + field(3, b"account-of-" + name.encode())
                send(connection, field(1, field(1, uid.encode()) + field(2, info)), [path])
            case ["keep", uid]:
                send(connection, field(5, field(1, uid.encode())))
            case ["del", uid]:
                send(connection, field(2, field(2, uid.encode())))
            case ["snapshot"]:
                send(connection, field(3, b""))
            case ["raw", message, *paths]:
                send(connection, bytes.fromhex(message), paths)
            case ["close"]:
                connection.close()
                connection = None


main()
