// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;

/**
 * Words before a command that have the kernel refuse one system call of it, as an older or smaller
 * kernel does. Stateless.
 */
public final class SystemCallFilter {
  /** Its arguments: the call's number on x86-64 and on arm64, errno, the arguments, the command. */
  private static final String PROGRAM =
      """
      import ctypes, os, struct, sys
      numbers = dict(zip(("x86_64", "aarch64"), map(int, sys.argv[1:3])))
      # struct seccomp_data: the number at 0, 64 bits each argument from 16 on.
      wanted = [(0, numbers[os.uname().machine])]
      for word in filter(None, sys.argv[4].split(",")):
          index, value = map(int, word.split("="))
          wanted.append((16 + 8 * index, value))
      code = b""
      for i, (offset, value) in enumerate(wanted):
          past = 2 * (len(wanted) - i) - 1
          code += struct.pack("HBBIHBBI", 0x20, 0, 0, offset, 0x15, 0, past, value)
      code += struct.pack("HBBIHBBI", 6, 0, 0, 0x50000 | int(sys.argv[3]), 6, 0, 0, 0x7FFF0000)
      held = ctypes.create_string_buffer(code)
      filter = struct.pack("HxxxxxxP", 2 * len(wanted) + 2, ctypes.addressof(held))
      # PR_SET_SECCOMP, SECCOMP_MODE_FILTER: Documentation/userspace-api/seccomp_filter.rst.
      if ctypes.CDLL(None).prctl(22, 2, filter, 0, 0):
          sys.exit("no filter")
      os.execvp(sys.argv[5], sys.argv[5:])
      """;

  private SystemCallFilter() {}

  /** Refuses {@code bpf(2)} altogether with that errno. */
  public static List<String> refusingBpf(int errno) {
    return refusing(321, 280, errno, Map.of());
  }

  /** Refuses {@code socket(2)} of a family with that protocol, whatever its type. */
  public static List<String> refusingSocket(int family, int protocol, int errno) {
    return refusing(41, 198, errno, Map.of(0, family, 2, protocol));
  }

  private static List<String> refusing(
      int onX86, int onArm, int errno, Map<Integer, Integer> arguments) {
    StringJoiner wanted = new StringJoiner(",");
    new TreeMap<>(arguments).forEach((index, value) -> wanted.add(index + "=" + value));
    List<String> words = new ArrayList<>(List.of("/usr/bin/python3", "-c", PROGRAM));
    for (int number : new int[] {onX86, onArm, errno}) {
      words.add(Integer.toString(number));
    }
    words.add(wanted.toString());
    return words;
  }
}
