# SPDX-License-Identifier: Apache-2.0
"""A folder of pinned maps, a uid, and a command. Opens three maps as root and becomes the command without any privilege,
which is told their numbers."""
import ctypes
import os
import platform
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
BPF = 321 if platform.machine() == 'x86_64' else 280
BPF_OBJ_GET = 7
folder, uid, command = sys.argv[1], sys.argv[2], sys.argv[3:]
numbers = []
for name in ('listeners', 'alive', 'announcements', 'counters'):
    path = ctypes.create_string_buffer(os.path.join(folder, name).encode())
    attr = ctypes.create_string_buffer(struct.pack('QII', ctypes.addressof(path), 0, 0), 16)
    number = libc.syscall(BPF, BPF_OBJ_GET, attr, 16)
    if number < 0:
        sys.exit('opening %s: %s' % (name, os.strerror(ctypes.get_errno())))
    os.set_inheritable(number, True)
    numbers.append(str(number))
os.execvp('setpriv', [
    'setpriv', '--reuid', uid, '--regid', uid, '--clear-groups', '--no-new-privs', '--inh-caps', '-all',
    '--ambient-caps', '-all', '--bounding-set', '-all', '--', *command, '--capture-descriptors', ','.join(numbers)])
