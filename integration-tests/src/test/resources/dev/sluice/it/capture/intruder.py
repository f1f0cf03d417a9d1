# SPDX-License-Identifier: Apache-2.0
"""The proxy's process id, and paths of pins. Prints the error of each way to another's map that there is."""
import ctypes
import errno
import os
import platform
import struct
import sys

libc = ctypes.CDLL(None, use_errno=True)
BPF = 321 if platform.machine() == 'x86_64' else 280
PIDFD_OPEN, PIDFD_GETFD = 434, 438
PROCESS_VM_READV = 310 if platform.machine() == 'x86_64' else 270
BPF_OBJ_GET, BPF_MAP_GET_NEXT_ID, BPF_MAP_GET_FD_BY_ID = 7, 12, 14
PTRACE_SEIZE = 0x4206


def system(number, *arguments):
    return libc.syscall(number, *[ctypes.c_long(argument) for argument in arguments])


def bpf(command, attr):
    memory = ctypes.create_string_buffer(attr, len(attr))
    return libc.syscall(BPF, command, memory, len(attr))


def tell(name, result):
    print('way=%s error=%s' % (name, errno.errorcode[ctypes.get_errno()] if result < 0 else 'none'), flush=True)


def opened(path):
    try:
        return os.open(path, os.O_RDWR)
    except OSError as error:
        ctypes.set_errno(error.errno)
        return -1


def listed(path):
    try:
        return len(os.listdir(path))
    except OSError as error:
        ctypes.set_errno(error.errno)
        return -1


proxy = int(sys.argv[1])
for path in sys.argv[2:]:
    name = ctypes.create_string_buffer(path.encode())
    tell('pin:' + os.path.basename(path), bpf(BPF_OBJ_GET, struct.pack('QII', ctypes.addressof(name), 0, 0)))
tell('next_id', bpf(BPF_MAP_GET_NEXT_ID, struct.pack('III', 0, 0, 0)))
tell('by_id', bpf(BPF_MAP_GET_FD_BY_ID, struct.pack('III', 1, 0, 0)))
tell('proc_fd', listed('/proc/%d/fd' % proxy))
tell('proc_mem', opened('/proc/%d/mem' % proxy))
pidfd = system(PIDFD_OPEN, proxy, 0)
tell('pidfd_open', pidfd)
for number in range(3, 40):
    if system(PIDFD_GETFD, pidfd, number, 0) >= 0:
        print('way=pidfd_getfd error=none')
        break
else:
    print('way=pidfd_getfd error=' + errno.errorcode[ctypes.get_errno()], flush=True)
tell('ptrace', libc.ptrace(PTRACE_SEIZE, proxy, 0, 0))
here = ctypes.create_string_buffer(16)
local = (ctypes.c_void_p * 2)(ctypes.addressof(here), 16)
remote = (ctypes.c_void_p * 2)(0x400000, 16)
tell('process_vm_readv', libc.syscall(PROCESS_VM_READV, proxy, local, 1, remote, 1, 0))
