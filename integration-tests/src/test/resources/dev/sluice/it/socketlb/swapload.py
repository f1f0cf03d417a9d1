# SPDX-License-Identifier: Apache-2.0
"""Connects to the address and port of the command line, one connection after another, in each of four processes.

Commands on standard input: "mark N": connections that start from now on must reach set N, which is the first letter of a
backend's name, or any if N is *; answers "marked" when no connection from before is under way. "stop": prints one JSON
object and ends.
"""
import json
import multiprocessing
import socket
import sys
import time

PROCESSES = 4
HOST, PORT = sys.argv[1], int(sys.argv[2])


def work(allowed, seen, index, results):
    made, errors, late = 0, [], 0
    family = socket.AF_INET6 if ":" in HOST else socket.AF_INET
    while True:
        # Read before the connection starts: what was announced before then holds for it.
        expected = allowed.value
        seen[index] = expected
        if expected == b"!":
            break
        try:
            with socket.socket(family, socket.SOCK_STREAM) as s:
                s.settimeout(5)
                s.connect((HOST, PORT))
                backend = s.recv(64).decode()
        except OSError as e:
            errors.append(str(e))
            continue
        made += 1
        if expected != b"*" and backend[:1].encode() != expected:
            late += 1
    results.put((made, errors[:5], len(errors), late))


def main():
    allowed = multiprocessing.Value("c", b"*")
    seen = multiprocessing.Array("c", PROCESSES)
    results = multiprocessing.SimpleQueue()
    workers = [multiprocessing.Process(target=work, args=(allowed, seen, i, results)) for i in range(PROCESSES)]
    start = time.monotonic()
    for worker in workers:
        worker.start()
    print("ready", flush=True)
    for line in sys.stdin:
        word = line.split()
        allowed.value = b"!" if word[0] == "stop" else word[1].encode()
        if word[0] == "stop":
            break
        while any(each != word[1].encode() for each in list(seen)):
            time.sleep(0.001)
        print("marked", flush=True)
    found = [results.get() for _ in workers]
    print(json.dumps({
        "perSecond": int(sum(f[0] for f in found) / (time.monotonic() - start)),
        "connections": sum(f[0] for f in found),
        "errors": sum(f[2] for f in found),
        "late": sum(f[3] for f in found),
        "examples": [text for f in found for text in f[1]][:3]}), flush=True)


main()
