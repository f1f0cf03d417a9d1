# SPDX-License-Identifier: Apache-2.0
"""held.py ADDRESS PORT: a connection that is begun, answers when it was established, and is closed by the next line."""
import socket
import sys

connection = socket.socket(socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET)
connection.setblocking(False)
connection.connect_ex((sys.argv[1], int(sys.argv[2])))
print("begun", flush=True)
sys.stdin.readline()
connection.settimeout(20)
connection.sendall(b"hello")
connection.recv(4096)
print("answered", flush=True)
sys.stdin.readline()
connection.close()
print("closed", flush=True)
