# SPDX-License-Identifier: Apache-2.0
"""The server and the client of the training run: small exchanges, bulk both ways, a reset, a denied call."""
import socket
import struct
import sys
import threading
import time

EXCHANGES = 100
BULK = 64 << 20


def echo(connection):
    with connection:
        try:
            while data := connection.recv(1 << 16):
                connection.sendall(data)
        except ConnectionError:
            pass


def accept(listener):
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=echo, args=(connection,), daemon=True).start()


def serve(addresses):
    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, 8080), family=family, backlog=64)
        threading.Thread(target=accept, args=(listener,)).start()


def connect(address, port=8080):
    return socket.create_connection((address, port), timeout=30)


def send(connection, count):
    connection.sendall(bytes(count))
    connection.shutdown(socket.SHUT_WR)


def exchange(address, count):
    with connect(address) as connection:
        sender = threading.Thread(target=send, args=(connection, count), daemon=True)
        sender.start()
        received = 0
        while data := connection.recv(1 << 16):
            received += len(data)
        sender.join()
    if received != count:
        raise ConnectionError(f"echo of {count} bytes by {address}: {received} came back")


def await_proxy(address):
    for _ in range(600):
        try:
            return exchange(address, 1)
        except OSError:
            time.sleep(0.1)
    sys.exit(f"calling {address}: no answer through the proxy within a minute")


def call(addresses):
    for address in addresses:
        await_proxy(address)
        for _ in range(EXCHANGES):
            exchange(address, 1000)
        exchange(address, BULK)
        reset = connect(address)
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
    try:
        with connect("198.18.0.10", 8081) as denied:
            denied.recv(1)
        sys.exit("calling 198.18.0.10:8081: went through; expected the policy to deny it")
    except ConnectionError:
        pass


{"serve": serve, "call": call}[sys.argv[1]](sys.argv[2:])
