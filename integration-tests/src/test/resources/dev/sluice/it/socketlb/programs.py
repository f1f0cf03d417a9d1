# SPDX-License-Identifier: Apache-2.0
"""Socket programs: what each of them observes, a line each: name, kind and form, a tab, a JSON text.

The table is in the decorators below. It is run once with services by per-packet DNAT and once with the socket load
balancer; a program sees no difference between the two. Standard input has {"names": {"ADDRESS PORT": NAME}, "services":
{"v4": {NAME: [ADDRESS, PORT]}, "v6": ...}, "jvm": [WORD...]}; in what is observed, addresses are replaced by their names.
"""
import ctypes
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys

CONFIG = json.load(sys.stdin)
IP_RECVTTL = 12  # Python has no name for it before 3.14
PATIENCE = 0.5
AF_UNSPEC = struct.pack("H14x", 0)
LIBC = ctypes.CDLL(None, use_errno=True)
PROGRAMS = []


def program(kind):
    def register(function):
        PROGRAMS.append((kind, function.__name__, function))
        return function
    return register


def said(address):
    """An address by its name: what it stands for, whatever the form."""
    if not address:
        return "no address"
    text = address[0].removeprefix("::ffff:")
    return CONFIG["names"].get(f"{text} {address[1]}", f"{text} {address[1]}")


def attempt(action):
    try:
        return action()
    except TimeoutError as e:
        return "ETIMEDOUT" if e.errno == errno.ETIMEDOUT else "nothing came"
    except OSError as e:
        return errno.errorcode.get(e.errno, str(e))


class Form:
    """A socket of one kind and one form of addresses: v4, v6, or IPv4 in an IPv6 socket."""

    def __init__(self, form, kind):
        self.form, self.kind = form, kind
        self.family = socket.AF_INET if form == "v4" else socket.AF_INET6
        self.open = []

    def at(self, service):
        host, port = CONFIG["services"]["v6" if self.form == "v6" else "v4"][service]
        return ("::ffff:" + host if self.form == "mapped" else host, port)

    def socket(self):
        made = socket.socket(self.family, self.kind)
        made.settimeout(PATIENCE)
        self.open.append(made)
        return made

    def close(self):
        for each in self.open:
            each.close()

    def raw(self, address):
        """A struct sockaddr."""
        packed = socket.inet_pton(self.family, address[0])
        if self.family == socket.AF_INET:
            return struct.pack("=H2s4s8x", self.family, address[1].to_bytes(2, "big"), packed)
        return struct.pack("=H2sI16sI", self.family, address[1].to_bytes(2, "big"), 0, packed, 0)


def peer(sock):
    return attempt(lambda: said(sock.getpeername()))


def same_address(sock, seen):
    """Whether the server's idea of its client is the client's own."""
    host, port = sock.getsockname()[:2]
    return [host.removeprefix("::ffff:"), port] == seen


def connect(sock, address):
    return attempt(lambda: sock.connect(address) or "connected")


def ask(sock, text="hello"):
    """Sends on a connected socket and receives."""
    def exchange():
        sock.send(text.encode())
        data, source = sock.recvfrom(4096)
        reply = json.loads(data)
        return [reply["backend"], reply["data"], same_address(sock, reply["peer"]), said(source)]
    return attempt(exchange)


def send_to(sock, address, text="hello"):
    return attempt(lambda: sock.sendto(text.encode(), address))


def receive(sock):
    def exchange():
        data, source = sock.recvfrom(4096)
        reply = json.loads(data)
        return [reply["backend"], reply["data"], said(source)]
    return attempt(exchange)


def disconnect(sock):
    if LIBC.connect(sock.fileno(), AF_UNSPEC, len(AF_UNSPEC)):
        return errno.errorcode[ctypes.get_errno()]
    return "disconnected"


@program("both")
def connects_and_asks(form):
    s = form.socket()
    return [connect(s, form.at("A")), peer(s), ask(s), peer(s)]


@program("both")
def connects_to_two_backends(form):
    s = form.socket()
    return [connect(s, form.at("TWO")), peer(s), ask(s)[1:]]


@program("both")
def connects_to_a_backend_itself(form):
    s = form.socket()
    return [connect(s, form.at("direct")), peer(s), ask(s)]


@program("both")
def connects_where_nobody_serves(form):
    s = form.socket()
    return [connect(s, form.at("NONE")), ask(s) if form.kind == socket.SOCK_DGRAM else peer(s)]


@program("both")
def connects_where_the_port_is_closed(form):
    s = form.socket()
    result = [connect(s, form.at("SHUT"))]
    if form.kind == socket.SOCK_DGRAM:
        result += [send_to(s, form.at("SHUT")), attempt(lambda: s.recv(10))]
    return result + [connect(s, form.at("B")), peer(s), ask(s)]


@program("both")
def connects_to_an_unknown_port_of_a_service(form):
    s = form.socket()
    result = [connect(s, form.at("unknown"))]
    return result + ([ask(s)] if form.kind == socket.SOCK_DGRAM else [])


@program("both")
def disconnects_and_connects_elsewhere(form):
    s = form.socket()
    return [connect(s, form.at("A")), ask(s), disconnect(s), peer(s), connect(s, form.at("B")), peer(s), ask(s)]


@program("both")
def disconnects_and_connects_to_a_backend_itself(form):
    s = form.socket()
    return [connect(s, form.at("B")), disconnect(s), connect(s, form.at("direct")), peer(s), ask(s)]


@program("both")
def connects_from_a_bound_port(form):
    s = form.socket()
    s.bind(("0.0.0.0" if form.form == "v4" else "::", 0))
    port = s.getsockname()[1]
    return [connect(s, form.at("A")), ask(s), s.getsockname()[1] == port]


@program("both")
def shares_the_socket_with_a_child(form):
    s = form.socket()
    connect(s, form.at("A"))
    readable, writable = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writable, json.dumps([peer(s), ask(s)]).encode())
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writable)
    with os.fdopen(readable) as results:
        return [json.load(results), ask(s), peer(s)]


@program("both")
def shuts_down_and_closes(form):
    s = form.socket()
    connect(s, form.at("A"))
    first = ask(s)
    down = attempt(lambda: s.shutdown(socket.SHUT_WR) or "down")
    result = [first, down, attempt(lambda: s.send(b"x"))]
    # A stream's peer is there or gone, depending on how fast the server closes.
    result.append(peer(s) if form.kind == socket.SOCK_DGRAM else attempt(lambda: s.recv(10).decode()))
    s.close()
    return result + [attempt(lambda: s.send(b"x"))]


@program("tcp")
def connects_twice(form):
    s = form.socket()
    return [connect(s, form.at("A")), connect(s, form.at("B")), peer(s), ask(s)]


@program("tcp")
def connects_without_blocking(form):
    s = form.socket()
    s.setblocking(False)
    first = errno.errorcode.get(s.connect_ex(form.at("A")))
    select.select([], [s], [], PATIENCE)
    error = s.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    s.settimeout(PATIENCE)
    return [first, error, peer(s), ask(s)]


@program("tcp")
def opens_fast(form):
    s = form.socket()
    sent = attempt(lambda: s.sendto(b"hello", socket.MSG_FASTOPEN, form.at("A")))
    return [sent, peer(s), receive(s)]


@program("tcp")
def keeps_two_connections_apart(form):
    a, b = form.socket(), form.socket()
    connect(a, form.at("A")), connect(b, form.at("B"))
    return [ask(b), ask(a), peer(a), peer(b)]


@program("udp")
def sends_to_and_receives(form):
    s = form.socket()
    return [send_to(s, form.at("A")), receive(s), peer(s)]


@program("udp")
def sends_to_several_in_turn(form):
    s = form.socket()
    result = []
    for service in ("A", "B", "direct", "A", "TWO"):
        result += [send_to(s, form.at(service), service)]
        got = receive(s)
        result += [got if service != "TWO" else got[1:]]
    return result


@program("udp")
def receives_in_another_order(form):
    s = form.socket()
    for service in ("A", "B", "direct"):
        send_to(s, form.at(service), "hold:3:" + service)
    return sorted([receive(s), receive(s), receive(s)])


@program("udp")
def sends_many_at_once(form):
    """sendmmsg(2): one call, two services."""
    s = form.socket()
    keep, vector = [], b""
    for service in ("B", "A"):
        name = ctypes.create_string_buffer(form.raw(form.at(service)))
        text = ctypes.create_string_buffer(service.encode())
        part = ctypes.create_string_buffer(struct.pack("QQ", ctypes.addressof(text), len(service)))
        keep += [name, text, part]
        vector += struct.pack(
            "QI4xQQQQI4xI4x", ctypes.addressof(name), len(name) - 1, ctypes.addressof(part), 1, 0, 0, 0, 0)
    sent = LIBC.sendmmsg(s.fileno(), ctypes.create_string_buffer(vector), 2, 0)
    return [sent, sorted([receive(s), receive(s)])]


@program("udp")
def sends_with_control_data(form):
    s = form.socket()
    s.setsockopt(socket.IPPROTO_IP, IP_RECVTTL, 1)
    sent = attempt(lambda: s.sendmsg([b"he", b"llo"], [], 0, form.at("A")))
    def exchange():
        data, _, flags, source = s.recvmsg(4096, 100)
        return [json.loads(data)["data"], flags, said(source)]
    return [sent, attempt(exchange)]


@program("udp")
def peeks_before_it_receives(form):
    s = form.socket()
    send_to(s, form.at("A"))
    return [attempt(lambda: said(s.recvfrom(10, socket.MSG_PEEK)[1])), receive(s)]


@program("udp")
def sends_where_nobody_serves(form):
    s = form.socket()
    return [send_to(s, form.at("NONE")), receive(s), send_to(s, form.at("A")), receive(s)]


@program("udp")
def reconnects_without_disconnecting(form):
    s = form.socket()
    result = []
    for service in ("A", "B", "direct", "A"):
        result += [connect(s, form.at(service)), peer(s), ask(s)]
    return result


@program("udp")
def sends_elsewhere_while_connected(form):
    s = form.socket()
    connect(s, form.at("A"))
    return [send_to(s, form.at("B")), receive(s), peer(s), ask(s)]


@program("udp")
def sends_after_disconnecting(form):
    s = form.socket()
    return [connect(s, form.at("A")), disconnect(s), peer(s), send_to(s, form.at("B")), receive(s)]


@program("udp")
def hears_late_answers_after_disconnecting(form):
    s = form.socket()
    connect(s, form.at("A"))
    s.send(b"hello")
    select.select([s], [], [], PATIENCE)
    return [disconnect(s), receive(s)]


@program("udp")
def sends_to_two_services_of_one_backend_in_turn(form):
    s = form.socket()
    result = []
    for service in ("SAME1", "SAME2", "SAME1"):
        send_to(s, form.at(service))
        result.append(receive(s))
    return result


@program("udp")
def sends_to_two_services_of_one_backend_at_once(form):
    s = form.socket()
    for service in ("SAME1", "SAME2"):
        send_to(s, form.at(service), "hold:2:" + service)
    return sorted([receive(s), receive(s)])


@program("udp")
def sends_to_a_service_and_to_its_backend(form):
    s = form.socket()
    send_to(s, form.at("DIRECT"))
    first = receive(s)
    send_to(s, form.at("direct"))
    return [first, receive(s)]


@program("udp")
def asks_with_dig(form):
    server, port = form.at("DNS")
    server = server.removeprefix("::ffff:")  # dig itself refuses such addresses
    found = subprocess.run(
        ["dig", "+short", "+tries=1", "+time=1", "-p", str(port), "@" + server, "a.example"],
        capture_output=True, text=True, timeout=10)
    return [found.returncode, found.stdout.strip()]


@program("udp")
def asks_with_the_resolver_of_a_jvm(form):
    server, port = form.at("DNS")
    server = server.removeprefix("::ffff:")
    found = subprocess.run(
        CONFIG["jvm"] + [f"[{server}]" if ":" in server else server, str(port)],
        capture_output=True, text=True, timeout=20)
    return [found.returncode, found.stdout.strip(), found.stderr[-300:]]


def main():
    for wanted, name, function in PROGRAMS:
        for kind in ("tcp", "udp"):
            if wanted not in (kind, "both"):
                continue
            for form in ("v4", "v6", "mapped"):
                place = Form(form, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
                try:
                    print(f"{name} {kind} {form}", json.dumps(function(place)), sep="\t", flush=True)
                finally:
                    place.close()


main()
