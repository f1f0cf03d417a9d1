// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.InterceptionMode;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The live page of a running proxy in a real browser, in the pod's network namespace. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class LivePageIT {
  private static final String ADMIN = "http://127.0.0.1:15000";
  private static final int COUNT = 3;
  private static final String ROWS =
      "[...document.querySelectorAll('#connections tbody tr')]"
          + ".map(row => [...row.cells].map(cell => cell.textContent).join(' '))";

  /** Sums up what the column of rates says over the time that it stands there. */
  private static final String COUNTING =
      """
      (() => {
        window.counted = 0;
        window.looks = 0;
        let before = 0;
        new MutationObserver(() => {
          const now = performance.now();
          if (window.looks++ > 0) {
            for (const row of document.querySelectorAll('#map tbody tr')) {
              window.counted += Number(row.cells[3].textContent) * (now - before) / 1000;
            }
          }
          before = now;
        }).observe(document.getElementById('facts'), { childList: true });
      })()
      """;

  private static final String POLICY =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: ledger, namespace: bank}
      spec:
        clusterIPs: [10.96.0.10, "fd00:10:96::10"]
        ports: [{port: 8082}]
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: nobody, namespace: bank}
      spec:
        targetRefs: [{kind: Service, group: "", name: ledger}]
        action: DENY
        rules: [{from: [{source: {ipBlocks: [0.0.0.0/0, "::/0"]}}]}]
      """;

  private final Mesh mesh = Mesh.build(Party.CLIENT, InterceptionMode.REDIRECT);
  private final ProxyUnderTest proxy;
  private final Browser browser;

  LivePageIT() throws Exception {
    Path policy = Files.writeString(mesh.folder().resolve("mesh.yaml"), POLICY);
    this.proxy =
        ProxyUnderTest.start(
            mesh, Party.CLIENT, InterceptionMode.REDIRECT, "-f", policy.toString());
    this.browser = Browser.start(mesh.namespace(Party.CLIENT), mesh.folder());
  }

  @BeforeEach
  void openPage() throws Exception {
    browser.open(ADMIN + "/");
    browser.await("document.getElementById('facts').textContent.includes('redirect')");
  }

  @AfterAll
  void close() throws Exception {
    browser.close();
    proxy.close();
    mesh.close();
  }

  @Test
  void showsTheConnectionsThatWereJustMadeAndThePathOfOne() throws Exception {
    List<String> closed = new ArrayList<>();
    List<String> denied = new ArrayList<>();
    browser.evaluate(COUNTING);
    browser.await("window.looks > 0");
    for (Family family : Family.values()) {
      for (int i = 0; i < COUNT; i++) {
        closed.add(exchange(family));
      }
      InetSocketAddress service = new InetSocketAddress(family.serviceIp(), 8082);
      try (Wire refused = mesh.connect(Party.CLIENT, service)) {
        assertThat(refused.ending()).isEqualTo(Wire.Ending.RESET);
        denied.add(refused.local());
      }
    }
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, Family.IPV6);
        Pair open = Pair.of(connect(listener, Family.IPV6), listener)) {
      browser.await(ROWS + ".length === " + (closed.size() + denied.size() + 1));
      for (String source : closed) {
        assertThat(rowsWith(source)).singleElement().asString().endsWith(" closed");
      }
      for (String source : denied) {
        assertThat(rowsWith(source))
            .singleElement()
            .asString()
            .contains("bank/ledger:8082")
            .endsWith(" policy_denied");
      }
      assertThat(rowsWith(open.client().local())).singleElement().asString().endsWith(" open");
      assertThat(browser.evaluate("document.getElementById('count').textContent"))
          .isEqualTo("9 of 9 shown");
      map();
      filter(closed.getFirst());
      drawing(closed.getFirst());
      screenshots();
    }
    assertThat(browser.complaints()).isEmpty();
    assertThat(browser.requests())
        .isNotEmpty()
        .allMatch(url -> url.startsWith(ADMIN + "/") || url.startsWith("data:"));
  }

  private void map() throws Exception {
    browser.await("document.querySelectorAll('#map tbody tr').length >= 2");
    // Eight that ended, in as many pairs, rounded to a tenth each second.
    browser.await("Math.abs(window.counted - 8) < 1.5");
    String denied =
        browser.evaluate(
            "[...document.querySelectorAll('#map tbody tr')].map(row =>"
                + " row.textContent).filter(text => text.includes('bank/ledger:8082')).join('|')");
    assertThat(denied).contains("10.7.1.2", "2001:db8:7:1::2", "outbound by redirect");
    // Both families dial one service, which is drawn once.
    assertThat(
            browser.evaluate(
                "[...document.querySelectorAll('#drawn text')].map(text => text.textContent)"
                    + ".filter(text => text === 'bank/ledger:8082').length"))
        .isEqualTo("1");
    assertThat(browser.evaluate("document.querySelectorAll('#drawn .edge.denied').length"))
        .isEqualTo("2");
  }

  private void filter(String source) throws Exception {
    type(source);
    assertThat(rowsWith("")).hasSize(1).allMatch(row -> row.contains(source));
    type("policy_denied ledger");
    assertThat(rowsWith("")).hasSize(2).allMatch(row -> row.endsWith("policy_denied"));
    type("");
    assertThat(rowsWith("")).hasSize(9);
  }

  private void type(String text) throws Exception {
    browser.evaluate(
        "(() => { const filter = document.getElementById('filter'); filter.value = '"
            + text
            + "'; filter.dispatchEvent(new Event('input')); })()");
  }

  private void drawing(String source) throws Exception {
    browser.evaluate(
        "[...document.querySelectorAll('#connections tbody tr')].find(row =>"
            + " row.textContent.includes('"
            + source
            + "')).querySelector('button').click()");
    browser.await("document.querySelectorAll('#drawing g[role=listitem]').length === 4");
    List<String> hops =
        List.of(
            browser
                .evaluate(
                    "[...document.querySelectorAll('#drawing g[role=listitem]')].map(hop =>"
                        + " hop.getAttribute('aria-label')).join('\\n')")
                .split("\n", -1));
    assertThat(hops.get(0)).contains("not observed", "not-observed");
    assertThat(hops.get(1)).contains("source " + source, "because no_service", "event");
    assertThat(hops.get(2)).contains("connected onward", "event");
    assertThat(hops.get(3)).contains("what the server saw", "not-observed");
    assertThat(browser.evaluate("document.activeElement.textContent"))
        .startsWith("Path of connection ");
  }

  private void screenshots() throws Exception {
    for (String scheme : List.of("light", "dark")) {
      browser.scheme(scheme);
      browser.size(1280, 1560);
      browser.evaluate("window.scrollTo(0, 0)");
      byte[] picture = browser.screenshot();
      assertThat(picture).hasSizeGreaterThan(20_000);
      Path folder = Checkout.home().resolve("integration-tests/target");
      Files.write(folder.resolve("live-page-" + scheme + ".png"), picture);
    }
    assertThat(browser.evaluate("getComputedStyle(document.body).backgroundColor"))
        .isEqualTo("rgb(20, 23, 27)");
    browser.scheme("light");
  }

  private List<String> rowsWith(String text) throws Exception {
    String rows = browser.evaluate(ROWS + ".join('\\n')");
    return rows.lines().filter(row -> row.contains(text)).toList();
  }

  /** One connection to its end; the client's address. */
  private String exchange(Family family) throws Exception {
    try (ServerSocketChannel listener = mesh.listen(Party.SERVER, family)) {
      Wire client = connect(listener, family);
      try (Pair pair = Pair.of(client, listener)) {
        pair.exchange(10, 20);
      }
      proxy.record(client);
      return client.local();
    }
  }

  private Wire connect(ServerSocketChannel listener, Family family) throws Exception {
    return mesh.connect(
        Party.CLIENT, Mesh.address(Party.SERVER, family, listener.socket().getLocalPort()));
  }

  /** Without the header the injected script would run: this is what holds it back. */
  @Test
  void forbidsWhatDoesNotComeFromItsOwnFiles() throws Exception {
    assertThat(head("/"))
        .contains(
            "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"
                + " connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action"
                + " 'none'; frame-ancestors 'none'\r\n")
        .contains("X-Content-Type-Options: nosniff\r\n");
    int before = browser.complaints().size();
    try {
      browser.evaluate(
          "(() => { document.addEventListener('securitypolicyviolation', e => { window.violated ="
              + " e.effectiveDirective; }); const script = document.createElement('script');"
              + " script.textContent = 'window.injected = 1'; document.body.append(script);"
              + " })()");
      browser.await("window.violated !== undefined");
      assertThat(browser.evaluate("window.violated")).isEqualTo("script-src-elem");
      assertThat(browser.evaluate("window.injected")).isEqualTo("undefined");
      assertThat(browser.complaints()).hasSizeGreaterThan(before);
    } finally {
      browser.forget();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/live", "/live.js", "/live.css", "/live.json", "/live/trace.json"})
  void refusesThePagesOfOthers(String path) throws Exception {
    assertThat(head(path, "Host: evil.example")).startsWith("HTTP/1.1 403 ");
    assertThat(head(path, "Host: evil.example:15000")).startsWith("HTTP/1.1 403 ");
    assertThat(head(path, "Origin: http://evil.example")).startsWith("HTTP/1.1 403 ");
    assertThat(head(path, "Origin: null")).startsWith("HTTP/1.1 403 ");
    assertThat(head(path, "Origin: " + ADMIN)).doesNotContain(" 403 ");
    assertThat(head(path, "Host: localhost:15000")).doesNotContain(" 403 ");
  }

  @ParameterizedTest
  @CsvSource({
    "/live.json?since=x, 400, since is no number",
    "/live.json?since=-1, 400, since is no number",
    "/live/trace.json, 400, id is no number",
    "/live/trace.json?id=x, 400, id is no number",
    "/live/trace.json?id=987654, 404, connection 987654 is neither open nor remembered"
  })
  void saysWhatIsWrongInOneLine(String path, String status, String why) throws Exception {
    String answer = mesh.in(Party.CLIENT, "curl", "-sgi", "--max-time", "10", ADMIN + path);
    assertThat(answer).startsWith("HTTP/1.1 " + status).contains("\r\n\r\n" + why);
  }

  private String head(String path, String... headers) throws IOException {
    List<String> words = new ArrayList<>(List.of("curl", "-sgi", "--max-time", "10"));
    for (String header : headers) {
      words.addAll(List.of("-H", header));
    }
    words.add(ADMIN + path);
    return mesh.in(Party.CLIENT, words.toArray(String[]::new));
  }
}
