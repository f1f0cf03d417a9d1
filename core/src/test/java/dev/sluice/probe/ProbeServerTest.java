// SPDX-License-Identifier: Apache-2.0
package dev.sluice.probe;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ProbeServerTest {
  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "::1"})
  void saysWhetherTheApplicationAcceptsConnections(String address) throws IOException {
    String request = "GET /app-health/app/a HTTP/1.1\r\nHost: pod\r\n\r\n";
    int port;
    try (ServerSocket application = new ServerSocket(0, 4, InetAddress.getByName(address))) {
      port = application.getLocalPort();
      assertThat(ask(port, request)).isEqualTo("HTTP/1.1 200 OK");
    }
    assertThat(ask(port, request)).isEqualTo("HTTP/1.1 503 Service Unavailable");
  }

  private static String ask(int applicationPort, String request) throws IOException {
    AppProbes probes = AppProbes.parse(List.of("app/a=" + applicationPort));
    try (ProbeServer server = ProbeServer.start(0, probes)) {
      return ask(server, request);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          GET /app-health/other HTTP/1.1 | HTTP/1.1 404 Not Found
          GET / HTTP/1.1                 | HTTP/1.1 404 Not Found
          POST /app-health/a HTTP/1.1    | HTTP/1.1 405 Method Not Allowed
          GET /app-health/a              | HTTP/1.1 400 Bad Request
          """)
  void answersNothingElse(String request, String status) throws IOException {
    try (ProbeServer server = ProbeServer.start(0, AppProbes.parse(List.of("a=1")))) {
      assertThat(ask(server, request + "\r\n\r\n")).isEqualTo(status);
    }
  }

  @Test
  void refusesAHeadWithoutEnd() throws IOException {
    try (ProbeServer server = ProbeServer.start(0, AppProbes.parse(List.of("a=1")))) {
      assertThat(ask(server, "GET /" + "a".repeat(5000))).isEqualTo("HTTP/1.1 400 Bad Request");
    }
  }

  @Test
  void namesAPortThatIsTaken() throws IOException {
    try (ServerSocket other = new ServerSocket(0)) {
      assertThatIOException()
          .isThrownBy(
              () -> ProbeServer.start(other.getLocalPort(), AppProbes.parse(List.of("a=1"))))
          .withMessageContaining("cannot listen on port " + other.getLocalPort() + " (probes)");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a=", "=1", "a=0", "a=65536", "a=x"})
  void refusesWhatIsNoProbe(String text) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> AppProbes.parse(List.of(text)))
        .withMessageContaining("'" + text + "'; expected NAME=PORT");
  }

  private static String ask(ProbeServer server, String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.getOutputStream().write(request.getBytes(US_ASCII));
      return new String(socket.getInputStream().readAllBytes(), US_ASCII).split("\r\n", -1)[0];
    }
  }
}
