# SPDX-License-Identifier: Apache-2.0
"""A client that says what its socket saw: one logfmt line on standard output at its end.

Arguments: BEHAVIOUR ADDRESS PORT LOCAL_PORT COUNT SOCKET, with behaviour one of
  echo     sends COUNT bytes, ends its half, reads to the end; the bytes must come back unchanged
  banner   says nothing until the server has spoken, then behaves as echo
  digest   sends COUNT bytes, ends its half, and expects the digest of them only then
  goodbye  reads to the server's end first, and then sends COUNT bytes
  fetch    COUNT HTTP requests one after the other, to the first that fails; says who answered with 200
  listen   sends nothing and reads to the end, at most for a second
  latency  COUNT connections one after the other, each with one round trip of 64 bytes
SOCKET is plain, or mapped: an AF_INET6 socket that dials ::ffff:a.b.c.d, as every JVM does.
LOCAL_PORT 0 leaves the choice to the kernel. Time-outs: 1.5 s to connect, 5 s to read.
"""
import errno
import hashlib
import random
import socket
import sys
import threading
import time

CONNECT_SECONDS = 1.5
READ_SECONDS = 5.0
LATENCY_WARM_UP = 100
NAMES = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "reset",
    errno.EPIPE: "reset",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


def text(address):
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def how(error):
    if isinstance(error, TimeoutError):
        return "timeout"
    return NAMES.get(error.errno, f"errno-{error.errno}")


def dial(host, port, local_port, kind):
    if kind == "mapped" and ":" not in host:
        host = "::ffff:" + host
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    conn = socket.socket(family, socket.SOCK_STREAM)
    conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if local_port:
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        conn.bind(("::" if family == socket.AF_INET6 else "0.0.0.0", local_port))
    conn.settimeout(CONNECT_SECONDS)
    conn.connect((host, port))
    conn.settimeout(READ_SECONDS)
    return conn


def read_to_end(conn, result):
    data = bytearray()
    try:
        while chunk := conn.recv(65536):
            data += chunk
        result["how"] = "eof"
    except OSError as error:
        result["how"] = how(error)
    return bytes(data)


def exchange(conn, payload, result):
    """Both directions at once, so that no buffer between here and there has to hold it all."""

    def send():
        try:
            conn.sendall(payload)
            conn.shutdown(socket.SHUT_WR)
            result["sent"] = len(payload)
        except OSError as error:
            result["send_error"] = how(error)

    sender = threading.Thread(target=send)
    sender.start()
    answer = read_to_end(conn, result)
    sender.join()
    return answer


def converse(behaviour, conn, payload, result):
    if behaviour == "listen":
        conn.settimeout(1.0)
        answer = read_to_end(conn, result)
        result["received"] = len(answer)
        return
    first = b""
    if behaviour == "banner":
        first = conn.recv(4096)
        result["banner"] = first.decode().strip().replace(" ", "_")
    if behaviour == "goodbye":
        first = read_to_end(conn, result)
        result["banner"] = first.decode().strip().replace(" ", "_")
        conn.sendall(payload)
        conn.shutdown(socket.SHUT_WR)
        result["sent"] = len(payload)
        result["received"] = len(first)
        return
    answer = exchange(conn, payload, result)
    result["received"] = len(first) + len(answer)
    if behaviour == "digest":
        expected = f"{len(payload)} {hashlib.sha256(payload).hexdigest()}\n".encode()
        result["intact"] = "yes" if answer == expected else "no"
    else:
        result["intact"] = "yes" if answer == payload else "no"


def note_addresses(conn, result):
    """A reset may arrive at any moment after connect(2): then there is no peer any more (ENOTCONN)."""
    result["local"] = text(conn.getsockname())
    try:
        result["peer"] = text(conn.getpeername())
    except OSError as error:
        if error.errno != errno.ENOTCONN:
            raise


def once(behaviour, host, port, local_port, count, kind):
    result = {"sent": 0, "received": 0, "how": "eof", "dialled": text((host, port))}
    try:
        begun = time.perf_counter_ns()
        conn = dial(host, port, local_port, kind)
        result["connect_us"] = (time.perf_counter_ns() - begun) // 1000
        result["connected"] = "yes"
        note_addresses(conn, result)
        converse(behaviour, conn, random.Random(count).randbytes(count), result)
        conn.close()
    except OSError as error:
        result["how"] = how(error)
    print("event=result" + "".join(f" {k}={v}" for k, v in result.items()), flush=True)


def latency(host, port, count):
    message = b"x" * 64
    for i in range(-LATENCY_WARM_UP, count):
        begun = time.perf_counter_ns()
        conn = dial(host, port, 0, "plain")
        connected = time.perf_counter_ns()
        conn.sendall(message)
        left = len(message)
        while left:
            left -= len(conn.recv(left)) or sys.exit("event=result how=eof")
        answered = time.perf_counter_ns()
        conn.shutdown(socket.SHUT_WR)
        conn.recv(1)
        conn.close()
        if i >= 0:
            print(f"event=sample connect_ns={connected - begun} round_trip_ns={answered - connected}")
    print("event=result how=eof", flush=True)


def fetch(host, port, count):
    """How many were answered, by which of the addresses that nginx says it was reached at."""
    result = {"dialled": text((host, port)), "asked": count, "how": "eof"}
    answered, servers = 0, set()
    for number in range(count):
        answer = {}
        try:
            conn = dial(host, port, 0, "plain")
            note_addresses(conn, result)
            conn.sendall(f"GET / HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
            data = read_to_end(conn, answer).decode()
            conn.close()
            if " 200 " in data.partition("\r\n")[0]:
                answered += 1
                servers.update(word[7:] for word in data.split() if word.startswith("server="))
            elif data:
                answer["how"] = "status-" + data.split()[1]
        except OSError as error:
            answer["how"] = how(error)
        result["how"] = answer["how"]
        if answered <= number:
            break
    result["answered"] = answered
    result["servers"] = ",".join(sorted(servers)) or "-"
    print("event=result" + "".join(f" {k}={v}" for k, v in result.items()), flush=True)


def main():
    behaviour, host, port, local_port, count, kind = sys.argv[1:]
    if behaviour == "latency":
        latency(host, int(port), int(count))
    elif behaviour == "fetch":
        fetch(host, int(port), int(count))
    else:
        once(behaviour, host, int(port), int(local_port), int(count), kind)


main()
