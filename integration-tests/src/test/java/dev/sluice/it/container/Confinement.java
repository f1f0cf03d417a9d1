// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** What the kernel says of a container, held against its manifest. */
final class Confinement {
  /** See capabilities(7) and linux/capability.h. */
  private static final Map<String, Long> BITS =
      Map.of(
          "NET_ADMIN", 1L << 12,
          "SYS_PTRACE", 1L << 19,
          "SYS_ADMIN", 1L << 21,
          "PERFMON", 1L << 38,
          "BPF", 1L << 39);

  private Confinement() {}

  /** User, group, capabilities, and a root that nothing can be written to. */
  static void assertAsListed(Box running, Manifest.Container container) throws IOException {
    String user = Integer.toString(container.user());
    String group = Integer.toString(container.group());
    long listed = container.capabilities().stream().mapToLong(BITS::get).reduce(0, (a, b) -> a | b);
    // A user who isn't root gets none at its first exec; the bounding set is what is listed.
    long held = container.user() == 0 ? listed : 0;
    assertThat(running.status("Uid")).containsExactly(user, user, user, user);
    assertThat(running.status("Gid")).containsExactly(group, group, group, group);
    assertThat(running.status("CapBnd")).containsExactly("%016x".formatted(listed));
    assertThat(running.status("CapEff")).containsExactly("%016x".formatted(held));
    assertThat(running.status("CapPrm")).containsExactly("%016x".formatted(held));
    assertThat(running.status("CapInh")).containsExactly("%016x".formatted(0));
    assertThat(running.status("NoNewPrivs")).containsExactly("1");
    Path inside = running.proc().resolve("root/written");
    assertThatThrownBy(() -> Files.createFile(inside)).hasMessageContaining("Read-only");
  }
}
