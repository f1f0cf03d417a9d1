# SPDX-License-Identifier: Apache-2.0
"""A server that says what its sockets see: one logfmt line on standard output for each event.

Arguments: BEHAVIOUR:PORT ... with behaviour one of
  echo    returns every byte, and ends its half when the client has ended its own
  banner  speaks first, then behaves as echo
  digest  reads to the client's end, and only then answers with the count and a digest
  goodbye says something, ends its half at once, and goes on reading to the client's end
Each port is bound for IPv4 and for IPv6, with sockets of their own.
"""
import hashlib
import itertools
import socket
import sys
import threading

BANNER = b"220 ready\r\n"
lock = threading.Lock()
ids = itertools.count(1)


def say(event, **fields):
    line = "event=" + event + "".join(f" {k}={v}" for k, v in fields.items())
    with lock:
        print(line, flush=True)


def text(address):
    host, port = address[0], address[1]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def serve(conn, behaviour, ident):
    received = sent = 0
    how = "eof"
    digest = hashlib.sha256()
    try:
        conn.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if behaviour == "banner" or behaviour == "goodbye":
            conn.sendall(BANNER)
            sent += len(BANNER)
        if behaviour == "goodbye":
            conn.shutdown(socket.SHUT_WR)
        while data := conn.recv(65536):
            received += len(data)
            digest.update(data)
            if behaviour in ("echo", "banner"):
                conn.sendall(data)
                sent += len(data)
        if behaviour == "digest":
            answer = f"{received} {digest.hexdigest()}\n".encode()
            conn.sendall(answer)
            sent += len(answer)
    except ConnectionResetError:
        how = "reset"
    except OSError as error:
        how = f"errno-{error.errno}"
    finally:
        conn.close()
        say("end", id=ident, received=received, sent=sent, how=how, digest=digest.hexdigest())


def accept(listener, behaviour):
    while True:
        conn, peer = listener.accept()
        ident = next(ids)
        say("accept", id=ident, peer=text(peer), local=text(conn.getsockname()), behaviour=behaviour)
        threading.Thread(target=serve, args=(conn, behaviour, ident), daemon=True).start()


def main():
    threads = []
    for argument in sys.argv[1:]:
        behaviour, port = argument.split(":")
        for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
            listener = socket.socket(family, socket.SOCK_STREAM)
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            listener.bind((address, int(port)))
            listener.listen(128)
            threads.append(threading.Thread(target=accept, args=(listener, behaviour), daemon=True))
    for thread in threads:
        thread.start()
    say("listening")
    threading.Event().wait()


main()
