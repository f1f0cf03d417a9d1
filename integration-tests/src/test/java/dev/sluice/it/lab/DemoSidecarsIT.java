// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.lab;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Proxies of others that are left out of the demo, or can't be had. */
final class DemoSidecarsIT {
  /** In a mount namespace that ends with the demo, in which HAProxy can't be run. */
  private static final List<String> NO_HAPROXY =
      List.of(
          "unshare",
          "--mount",
          "--",
          "sh",
          "-c",
          "mount --bind /dev/null \"$(command -v haproxy)\" && exec \"$@\"",
          "demo");

  @Test
  void leavesOutTheSidecarThatWithoutNamesAndSaysSo() throws Exception {
    try (DemoProcess demo =
        DemoProcess.start("--only", "envoy-bypass,none", "--without", "envoy", "--json")) {
      assertThat(demo.exitCode()).as(demo.errors()).isZero();
      assertThat(demo.output()).endsWith("\"passed\":2,\"failed\":0,\"not_run\":2}");
    }
  }

  @Test
  void failsWhenASidecarCanNotBeHadAndSaysHowToGetIt() throws Exception {
    try (DemoProcess demo =
        DemoProcess.start(
            Checkout.script("sluice"), NO_HAPROXY, "--only", "haproxy-bypass,none", "--json")) {
      assertThat(demo.exitCode()).as(demo.errors()).isEqualTo(1);
      assertThat(demo.output())
          .contains("\"passed\":false,\"not_run\":\"haproxy: not installed")
          .endsWith("\"passed\":2,\"failed\":0,\"not_run\":2}");
      assertThat(demo.errors()).contains("Debian package haproxy");
      assertThat(demo.remains()).isEmpty();
    }
  }

  @Test
  void passesWithoutASidecarThatCanNotBeHadIfItIsLeftOut() throws Exception {
    try (DemoProcess demo =
        DemoProcess.start(
            Checkout.script("sluice"),
            NO_HAPROXY,
            "--only",
            "haproxy-bypass,none",
            "--without",
            "haproxy")) {
      assertThat(demo.exitCode()).as(demo.errors()).isZero();
    }
  }

  @Test
  void saysEverythingThatIsWrongWithTheCommandLine() throws Exception {
    try (DemoProcess demo = DemoProcess.start("--without", "squid", "--only", "no-such")) {
      assertThat(demo.exitCode()).isEqualTo(2);
      assertThat(demo.errors().strip()).contains("squid", "haproxy", "no-such").hasLineCount(2);
    }
  }
}
