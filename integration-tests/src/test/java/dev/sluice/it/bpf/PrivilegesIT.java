// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.process.Command;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Without the right to do it, a message says which one is missing. */
class PrivilegesIT {
  private static final List<String> NONE = List.of("setpriv", "--bounding-set", "-all");
  private static final List<String> OWN_MOUNTS = List.of("unshare", "-m");

  @Test
  void loadsWithThoseCapabilitiesAloneThatItNames() throws Exception {
    assertThat(run(NONE, "load"))
        .contains("EPERM (1): this process lacks [CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON]");
    assertThat(run(only("+bpf"), "load"))
        .contains("BPF_PROG_LOAD")
        .contains("EPERM (1): this process lacks [CAP_NET_ADMIN, CAP_PERFMON]");
    assertThat(run(only("+bpf,+net_admin"), "load")).isEqualTo("loaded [rewrite]\n");
  }

  @Test
  void probesAreInconclusiveWithoutPrivileges() throws Exception {
    assertThat(run(NONE, "probe"))
        .startsWith("Inconclusive")
        .contains("EPERM (1)")
        .contains("CAP_BPF");
  }

  @Test
  void mountsTheFileSystemWhenThereIsNone() throws Exception {
    List<String> unmounted =
        List.of("unshare", "-m", "sh", "-c", "umount -a -t bpf; exec \"$@\"", "sh");
    assertThat(run(unmounted, "mount")).isEqualTo("/sys/fs/bpf\n");
    assertThat(run(OWN_MOUNTS, "mount")).endsWith("\n").startsWith("/");
  }

  @Test
  void saysHowToMountWhenItMayNot() throws Exception {
    List<String> unmounted =
        List.of(
            "unshare",
            "-m",
            "sh",
            "-c",
            "umount -a -t bpf; exec \"$@\"",
            "sh",
            "setpriv",
            "--bounding-set",
            "-all");
    assertThat(run(unmounted, "mount"))
        .contains("EPERM (1): needs CAP_SYS_ADMIN")
        .contains("mount -t bpf bpf /sys/fs/bpf");
  }

  private static List<String> only(String capabilities) {
    return List.of("setpriv", "--bounding-set", "-all," + capabilities);
  }

  private static String run(List<String> prefix, String action) throws IOException {
    return Command.of(LoaderProcess.command(prefix, action)).runOrThrow();
  }
}
