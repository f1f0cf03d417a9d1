# SPDX-License-Identifier: Apache-2.0
"""The server and the client of the training run: small exchanges and bulk, leaving and arriving, a reset, a denied call,
and the same call when the file allows it; what the kubelet and Prometheus ask of every pod's proxy."""
import socket
import struct
import sys
import threading
import time
import urllib.request

OUTBOUND, DENIED_PORT, INBOUND = 8080, 8081, 8082
DENIED = "198.18.0.10"
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
    places = [(address, port) for address in addresses for port in (OUTBOUND, INBOUND)]
    for place in [*places, (DENIED, DENIED_PORT)]:
        family = socket.AF_INET6 if ":" in place[0] else socket.AF_INET
        listener = socket.create_server(place, family=family, backlog=64)
        threading.Thread(target=accept, args=(listener,)).start()


def connect(address, port=OUTBOUND):
    return socket.create_connection((address, port), timeout=30)


def send(connection, count):
    connection.sendall(bytes(count))
    connection.shutdown(socket.SHUT_WR)


def exchange(address, count, port=OUTBOUND):
    with connect(address, port) as connection:
        sender = threading.Thread(target=send, args=(connection, count), daemon=True)
        sender.start()
        received = 0
        while data := connection.recv(1 << 16):
            received += len(data)
        sender.join()
    if received != count:
        raise ConnectionError(f"echo of {count} bytes by {address}: {received} came back")


def await_answer(address, port=OUTBOUND):
    for _ in range(600):
        try:
            return exchange(address, 1, port)
        except OSError:
            time.sleep(0.1)
    sys.exit(f"calling {address}:{port}: no answer through the proxy within a minute")


def ask(port, path):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=30) as answer:
        answer.read()


def call(addresses):
    for address in addresses:
        await_answer(address)
        for port in (OUTBOUND, INBOUND):
            for _ in range(EXCHANGES):
                exchange(address, 1000, port)
            exchange(address, BULK, port)
        reset = connect(address)
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
    try:
        with connect(DENIED, DENIED_PORT) as denied:
            denied.recv(1)
        sys.exit(f"calling {DENIED}:{DENIED_PORT}: went through; expected the policy to deny it")
    except ConnectionError:
        pass
    for _ in range(3):
        ask(15021, "/healthz/ready")
        ask(15020, "/stats/prometheus")


def allowed(_):
    await_answer(DENIED, DENIED_PORT)


{"serve": serve, "call": call, "allowed": allowed}[sys.argv[1]](sys.argv[2:])
