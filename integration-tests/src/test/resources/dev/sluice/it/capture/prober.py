# SPDX-License-Identifier: Apache-2.0
"""Name, address, port. Dials again and again, whatever becomes of earlier attempts, and prints each change, and the state
of things five times a second.

A line says what became of an attempt and when that was begun, in nanoseconds of CLOCK_MONOTONIC. An attempt that hangs is
no outcome; an outcome of an attempt that was begun before one that is known already is no news.
"""
import errno
import selectors
import socket
import sys
import time

name, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
family = socket.AF_INET6 if ':' in address else socket.AF_INET
PERIOD = 0.02
MOST = 900

selector = selectors.DefaultSelector()
last_outcome, last_begun, last_told = None, 0, 0
TELL = 200_000_000


def begin():
    attempt = socket.socket(family)
    attempt.setblocking(False)
    now = time.monotonic_ns()
    error = attempt.connect_ex((address, port))
    if error == errno.EINPROGRESS:
        selector.register(attempt, selectors.EVENT_READ, now)
    else:
        outcome(attempt, now, errno.errorcode[error])


def outcome(attempt, begun, text):
    global last_outcome, last_begun, last_told
    attempt.close()
    if begun > last_begun:
        if text != last_outcome or begun - last_told > TELL:
            last_told = begun
            print('name=%s begun=%d outcome=%s' % (name, begun, text), flush=True)
        last_outcome, last_begun = text, begun


def finish(key):
    attempt = key.fileobj
    selector.unregister(attempt)
    try:
        own = attempt.getsockname()[0]
        said = dict(word.split('=', 1) for word in attempt.recv(400).decode().split())
        outside = own in ('127.0.0.1', '::1')
        inside = int(said.get('mtu', 0)) > 9000
        text = 'empty' if not said else 'captured' if outside or inside else 'uncaptured'
    except OSError as error:
        text = errno.errorcode[error.errno]
    outcome(attempt, key.data, text)


due = time.monotonic()
while True:
    if time.monotonic() >= due:
        due += PERIOD
        if len(selector.get_map()) < MOST:
            begin()
    for key, _ in selector.select(max(0, due - time.monotonic())):
        finish(key)
