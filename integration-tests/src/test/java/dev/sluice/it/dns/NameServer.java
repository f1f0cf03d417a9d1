// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** dnsmasq in the server pod: a name server that knows two names and says NXDOMAIN to all else. */
final class NameServer implements AutoCloseable {
  static final String NAME = "a.example.test";
  static final String V4 = "192.0.2.7";
  static final String V6 = "2001:db8::7";

  /** A name with more addresses than fit a datagram. */
  static final String BIG = "big.example.test";

  static final int BIG_ADDRESSES = 200;

  private final LabProcess process;

  private NameServer(LabProcess process) {
    this.process = process;
  }

  static NameServer start(Mesh mesh) throws IOException {
    List<String> words =
        new ArrayList<>(
            List.of(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file=",
                "--user=root",
                "--no-resolv",
                "--no-hosts",
                "--bind-interfaces",
                "--log-facility=-",
                "--log-queries",
                "--address=/#/",
                "--host-record=" + NAME + "," + V4 + "," + V6));
    for (Family family : Family.values()) {
      words.add("--listen-address=" + AddressText.of(Party.SERVER.address(family)));
    }
    for (int i = 0; i < BIG_ADDRESSES; i++) {
      words.add("--host-record=" + BIG + ",10.20.0." + i);
    }
    NameServer server = new NameServer(mesh.start(Party.SERVER, RunAs.ROOT, words));
    server.process.awaitLine("started", Duration.ofSeconds(20));
    return server;
  }

  @Override
  public void close() throws LabException {
    process.close();
  }
}
