# SPDX-License-Identifier: Apache-2.0
"""A sidecar with two filters: one by destination address, one by the Host header of an HTTP/1.1 request.

Arguments: DENIED_HOST DENIED_ADDRESS ... It listens behind REDIRECT on port 15001 of both families, and writes one logfmt
line on standard output for each connection. The request after the first one of a connection is not looked at.
"""
import signal
import socket
import struct
import sys
import threading

PORT = 15001
SO_ORIGINAL_DST = 80
HEAD_LIMIT = 16384
lock = threading.Lock()


def text(address):
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def original_destination(conn):
    """struct sockaddr_in and sockaddr_in6: the port at 2, the address at 4 and at 8."""
    if conn.family == socket.AF_INET:
        raw, at, size = conn.getsockopt(socket.SOL_IP, SO_ORIGINAL_DST, 16), 4, 4
    else:
        raw, at, size = conn.getsockopt(socket.IPPROTO_IPV6, SO_ORIGINAL_DST, 28), 8, 16
    return socket.inet_ntop(conn.family, raw[at : at + size]), struct.unpack("!H", raw[2:4])[0]


def read_head(conn):
    head = b""
    while b"\r\n\r\n" not in head and len(head) < HEAD_LIMIT:
        data = conn.recv(4096)
        if not data:
            break
        head += data
    return head


def host_of(head):
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "host":
            return value.strip().rpartition(":")[0] or value.strip()
    return "-"


def copy(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        target.close()


def forward(conn, head, destination):
    with socket.create_connection(destination, timeout=5) as upstream:
        upstream.settimeout(None)
        upstream.sendall(head)
        sender = threading.Thread(target=copy, args=(conn, upstream), daemon=True)
        sender.start()
        copy(upstream, conn)
        sender.join(5)


def serve(conn, denied_host, denied_addresses):
    destination = original_destination(conn)
    host, outcome = "-", "closed"
    try:
        if destination[0] in denied_addresses:
            outcome = "tcp_denied"
            # A reset: an orderly end could be taken for an empty answer.
            conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            head = read_head(conn)
            host = host_of(head)
            if host == denied_host:
                outcome = "host_denied"
                conn.sendall(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            else:
                forward(conn, head, destination)
    except OSError as error:
        outcome = f"errno-{error.errno}"
    finally:
        conn.close()
        with lock:
            print(
                f"direction=outbound original_destination={text(destination)} host={host} outcome={outcome}",
                flush=True,
            )


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    denied_host, denied_addresses = sys.argv[1], set(sys.argv[2:])

    def accept(listener):
        while True:
            conn, _ = listener.accept()
            threading.Thread(target=serve, args=(conn, denied_host, denied_addresses), daemon=True).start()

    for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind((address, PORT))
        listener.listen(128)
        threading.Thread(target=accept, args=(listener,), daemon=True).start()
    threading.Event().wait()


main()
