// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admin.AccessLogStream;
import dev.sluice.admin.AdminServer;
import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.Service;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import dev.sluice.telemetry.ConnectionOrigin;
import dev.sluice.telemetry.ConnectionRecord;
import dev.sluice.telemetry.EpochClock;
import dev.sluice.telemetry.RateLimitedLog;
import dev.sluice.telemetry.RecentConnections;
import dev.sluice.telemetry.Traffic;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** The live page with contents that no proxy of a test has: hostile names, and very many rows. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LivePageContentsIT {
  private static final int PORT = 15_000;
  private static final String ADMIN = "http://127.0.0.1:" + PORT;
  private static final String HOSTILE = "<img src=x onerror=window.owned=1>";
  private static final String DETAIL = "\"><script>window.owned=2</script>";

  private final Mesh mesh = Mesh.build();
  private final RecentConnections connections = new RecentConnections();
  private final AccessLogStream log = new AccessLogStream();
  private final AdminServer server;
  private final Browser browser;
  private long ids;

  LivePageContentsIT() throws Exception {
    Service service =
        new Service(
            new ObjectName(HOSTILE, HOSTILE),
            List.of(Family.IPV4.serviceIp(), Family.IPV6.serviceIp()),
            List.of());
    InvitedView view = new InvitedView(MeshSnapshot.of(List.of(service), List.of()), connections);
    AdminServer.Places places =
        new AdminServer.Places(PORT, 0, 0, Optional.empty(), new AdminServer.SocketGroup(0, false));
    this.server = mesh.inside(Party.CLIENT, () -> AdminServer.open(places, AdminServer.Turn.FIRST));
    server.serve(view, log, Optional.empty(), new RateLimitedLog(System.err, "test: "));
    this.browser = Browser.start(mesh.namespace(Party.CLIENT), mesh.folder());
  }

  @AfterAll
  void close() throws Exception {
    browser.close();
    server.close();
    log.close();
    mesh.close();
  }

  @Test
  void showsANameThatIsMarkupAsText() throws Exception {
    browser.open(ADMIN + "/");
    browser.await("document.getElementById('facts').textContent.includes('redirect')");
    for (Family family : Family.values()) {
      end(family, new Outcome.Failed(FailureKind.POLICY_DENIED, DETAIL));
    }
    browser.await(
        "document.querySelector('#connections tbody tr')?.cells[0].textContent === '" + ids + "'");
    browser.await("document.querySelectorAll('#map tbody tr').length >= 2");
    browser.evaluate("document.querySelector('#connections tbody tr').click()");
    browser.await("document.querySelectorAll('#drawing svg text').length > 0");

    String name = HOSTILE + "/" + HOSTILE + ":80";
    assertThat(browser.evaluate("document.querySelector('#map tbody').textContent")).contains(name);
    assertThat(browser.evaluate("document.querySelector('#connections tbody').textContent"))
        .contains(name);
    assertThat(browser.evaluate("document.querySelector('#drawing').textContent")).contains(DETAIL);
    assertThat(browser.evaluate("document.querySelectorAll('img, main script').length"))
        .isEqualTo("0");
    assertThat(browser.evaluate("window.owned")).isEqualTo("undefined");
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests()).noneMatch(url -> url.endsWith("/x"));
  }

  @Test
  void staysReadableAtAThousandConnectionsASecond() throws Exception {
    browser.open(ADMIN + "/live");
    browser.await("document.getElementById('facts').textContent.includes('redirect')");
    long before = ids;
    long begin = System.nanoTime();
    for (int i = 0; i < 3_000; i++) {
      end(i % 2 == 0 ? Family.IPV4 : Family.IPV6, Outcome.Closed.INSTANCE);
      long due = begin + i * 1_000_000L;
      if (due > System.nanoTime()) {
        Thread.sleep(1);
      }
    }
    assertThat(ids - before).isEqualTo(3_000);
    String count = "document.getElementById('count').textContent";
    String all = Long.toString(connections.ended());
    browser.await(count + ".startsWith('200 of " + all + " shown')");
    assertThat(browser.evaluate(count)).contains("were not sent: at this rate", "a sample");
    assertThat(browser.evaluate("document.querySelectorAll('#connections tbody tr').length"))
        .isEqualTo("200");
    // The newest first, and the map counts all of them.
    assertThat(
            browser.evaluate(
                "document.querySelector('#connections tbody tr').cells[0].textContent"))
        .isEqualTo(Long.toString(ids));
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('#map tbody tr')].reduce((sum, row) =>"
                    + " sum + Number(row.cells[4].textContent), 0) >= 3000"))
        .isEqualTo("true");
    assertThat(browser.complaints()).isEmpty();
  }

  private void end(Family family, Outcome outcome) {
    ids++;
    connections.accept(
        new ConnectionRecord(
            new ConnectionOrigin(
                ids,
                Direction.OUTBOUND,
                InterceptionMode.REDIRECT,
                EpochClock.micros(),
                new ClientAddress(
                    new InetSocketAddress(
                        Party.CLIENT.address(family), 20_000 + (int) (ids % 20_000))),
                new OriginalDestination(new InetSocketAddress(family.serviceIp(), 80)),
                PathReason.NO_POLICY),
            null,
            new Traffic(1, 2, 0, 3_000),
            outcome,
            ""));
  }
}
