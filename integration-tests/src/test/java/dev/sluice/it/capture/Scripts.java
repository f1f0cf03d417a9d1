// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.capture;

/** What applications and clients do, in Python: programs that know nothing of Sluice. */
final class Scripts {
  /** Address, port. Says {@code ready}, and for each connection what accept and getpeername say. */
  static final String SERVER =
      """
      import socket, sys
      family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
      server = socket.socket(family)
      server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
      if family == socket.AF_INET6:
          server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
      server.bind((sys.argv[1], int(sys.argv[2])))
      server.listen(64)
      print('ready', flush=True)
      while True:
          connection, client = server.accept()
          try:
              peer = connection.getpeername()
              connection.sendall(('%s %d %s %d' % (*client[:2], *peer[:2])).encode())
              connection.shutdown(socket.SHUT_WR)
              connection.recv(1)
          except OSError:
              pass
          connection.close()
      """;

  /** Address, port, source address or nothing. Prints its peer, its port, and what it was told. */
  static final String CLIENT =
      """
      import socket, sys
      address = sys.argv[1]
      client = socket.socket(socket.AF_INET6 if ':' in address else socket.AF_INET)
      client.settimeout(5)
      try:
          if len(sys.argv) > 3:
              client.bind((sys.argv[3], 0))
          client.connect((address, int(sys.argv[2])))
          port = client.getsockname()[1]
          peer = '%s %d' % client.getpeername()[:2]
          print(peer, port, client.makefile().read())
      except OSError as error:
          print('errno', error.errno)
      """;

  /** Paths of pins. Prints the errno of opening each, 0 for success. */
  static final String OPEN_PINS =
      """
      import ctypes, platform, struct, sys
      libc = ctypes.CDLL(None, use_errno=True)
      number = 321 if platform.machine() == 'x86_64' else 280
      for path in sys.argv[1:]:
          name = ctypes.create_string_buffer(path.encode())
          attr = ctypes.create_string_buffer(struct.pack('QII', ctypes.addressof(name), 0, 0), 16)
          print(0 if libc.syscall(number, 7, attr, 16) >= 0 else ctypes.get_errno())
      """;

  private Scripts() {}
}
