// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.observe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.SystemCallFilter;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What it says when it can't observe, or not as it is told; nothing is attached then. */
class ObserveInputIT {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--cgroup /no/such|1|opening cgroup /no/such: there is no such folder; expected one below",
        "--cgroup /tmp|1|opening cgroup /tmp: it is on a file system of type ",
        "--pod 01234567-89ab-cdef-0123-456789abcdef|1|pod 01234567-89ab-cdef-0123-456789abcdef: no",
        "--pod me|2|--pod 'me'; expected its uid, as kubectl prints metadata.uid",
        "--cgroup /a --pod b|2|--cgroup with --pod; expected one of the two",
        "--from-ip 10.1|2|--from-ip '10.1'; expected an IP address or a range such as 10.0.0.0/8",
        "--port 65536|2|--port '65536'; expected a port from 1 to 65535",
        "--not --verdict fine|2|--verdict 'fine'; expected forwarded, denied or failed",
        "--verdict denied --not|2|--not at the end; expected a filter behind it",
        "--not --limit 1s|2|--not before '--limit'; expected a filter behind it",
        "--follow --last 5|2|--last with --follow; expected one of the two",
        "--last 0|2|--last 0; expected 1 to 100000",
        "--buffer 5000|2|--buffer 5000; expected a power of two from 4Ki to 256Mi",
        "-o yaml|2|Invalid value for option '--output'",
        "--file /no/such|1|/no/such",
      })
  void saysInOneLineWhatItCannotDo(String expectation) throws Exception {
    String[] parts = expectation.split("\\|", -1);
    List<String> words = new ArrayList<>(List.of(Checkout.script("sluice"), "observe"));
    words.addAll(List.of(parts[0].split(" ", -1)));

    CommandResult result = Command.of(words.toArray(String[]::new)).run();

    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).startsWith("sluice observe: ").contains(parts[2]);
    assertThat(result.output()).isEmpty();
    assertThat(result.exitCode()).isEqualTo(Integer.parseInt(parts[1]));
  }

  /** ENOSYS, as a kernel without eBPF has it. */
  @Test
  void saysWhatTheKernelLacks() throws Exception {
    List<String> words = new ArrayList<>(SystemCallFilter.refusingBpf(38));
    words.addAll(List.of(Checkout.script("sluice"), "observe", "--limit", "1s"));

    CommandResult result = Command.of(words.toArray(String[]::new)).run();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors())
        .startsWith("sluice observe: attaching the programs that observe connections to ")
        .contains("ENOSYS (38)")
        .endsWith("; expected Linux 5.18 or later with eBPF on cgroups\n");
  }

  @Test
  void saysWhichCapabilitiesItLacks() throws Exception {
    CommandResult result =
        Command.of(
                "setpriv",
                "--reuid",
                "1000",
                "--clear-groups",
                Checkout.script("sluice"),
                "observe",
                "--limit",
                "1s")
            .run();

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors())
        .isEqualTo(
            "sluice observe: attaching the programs that observe connections needs CAP_BPF and"
                + " CAP_NET_ADMIN; missing: CAP_BPF, CAP_NET_ADMIN\n");
  }
}
