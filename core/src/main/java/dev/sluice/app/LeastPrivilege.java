// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.Capability;
import dev.sluice.linux.ProcessImage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Gives up the capabilities that a proxy was started with and doesn't need, by starting it again
 * without them in the same process. A proxy that was started with the right ones, as in a
 * container, is not started again and pays one system call. Used by the main thread, before
 * anything is opened.
 */
final class LeastPrivilege {
  /** Tells a process that it is the second start: what it has still is there to stay. */
  private static final String STARTED_AGAIN = "sluice.privileges.given.up";

  private static final Path FIRST_FREE_PORT =
      Path.of("/proc/sys/net/ipv4/ip_unprivileged_port_start");

  private static final Path GROUP_MAP = Path.of("/proc/self/gid_map");

  private LeastPrivilege() {}

  /**
   * What a proxy needs.
   *
   * @param transparent whether it uses addresses that aren't its own, as TPROXY does
   * @param ports that it listens on; 0 for none
   */
  static List<Capability> needed(boolean transparent, int... ports) throws IOException {
    List<Capability> needed = new ArrayList<>();
    if (transparent) {
      needed.add(Capability.CAP_NET_ADMIN);
    }
    for (int port : ports) {
      // Almost never: the file is only read then.
      if (port > 0 && port < 1024 && port < firstFreePort()) {
        needed.add(Capability.CAP_NET_BIND_SERVICE);
        break;
      }
    }
    return needed;
  }

  private static int firstFreePort() throws IOException {
    // By one read(2): the kernel gives a file of its settings once, and Files.readString wants the
    // first byte alone.
    try (InputStream in = Files.newInputStream(FIRST_FREE_PORT)) {
      byte[] digits = new byte[16];
      int count = in.read(digits);
      return Integer.parseInt(new String(digits, 0, count, StandardCharsets.US_ASCII).strip());
    }
  }

  /**
   * Returns if this process has nothing beyond {@code needed}, or can't give it up.
   *
   * @param group that of the admin socket: root becomes a member, and may give it the socket
   *     without CAP_CHOWN
   * @return why it keeps it, in one line; empty if it has nothing
   */
  static String keep(List<Capability> needed, long group) throws IOException {
    long keeps = Capability.permitted();
    for (Capability each : needed) {
      keeps &= ~(1L << each.bit());
    }
    if (keeps == 0) {
      return "";
    }
    String what = "keeping capabilities that this mode doesn't need (0x" + Long.toHexString(keeps);
    if (Boolean.getBoolean(STARTED_AGAIN)) {
      return what + "): they were there again after they had been given up";
    }
    boolean root = ProcessImage.user() == 0;
    if (root && !Capability.CAP_SETPCAP.effective()) {
      return what + "): root gives them up only with CAP_SETPCAP; expected a start without them";
    }
    try {
      Optional<Path> closed = root ? UnprivilegedStart.closedToRoot() : Optional.empty();
      if (closed.isPresent()) {
        return what
            + "): without them root may not read "
            + closed.get()
            + "; expected it and the folders above it to be readable for everybody";
      }
      UnprivilegedStart.with(rights(needed, root, group), STARTED_AGAIN);
      throw new IllegalStateException("starting again with fewer privileges returned");
    } catch (IOException e) {
      return what + "): " + e.getMessage();
    }
  }

  /** Options of setpriv(1). A program that root starts gets what the bounding set leaves. */
  private static List<String> rights(List<Capability> needed, boolean root, long group)
      throws IOException {
    StringBuilder set = new StringBuilder("-all");
    for (Capability each : needed) {
      if ((Capability.permitted() >>> each.bit() & 1) != 0) {
        set.append(",+").append(each.name().substring(4).toLowerCase(Locale.ROOT));
      }
    }
    List<String> rights = new ArrayList<>();
    if (root) {
      rights.addAll(List.of("--inh-caps", "-all", "--ambient-caps", "-all"));
      if (Capability.CAP_SETGID.effective() && hasEveryGroup()) {
        rights.addAll(List.of("--groups", Long.toString(group)));
      }
    } else {
      rights.addAll(List.of("--inh-caps", set.toString(), "--ambient-caps", set.toString()));
    }
    if (Capability.CAP_SETPCAP.effective()) {
      rights.addAll(List.of("--bounding-set", set.toString()));
    }
    return rights;
  }

  /** Whether the user namespace leaves out no group, as one of a container may. */
  private static boolean hasEveryGroup() throws IOException {
    return Files.readString(GROUP_MAP).strip().endsWith(" 4294967295");
  }
}
