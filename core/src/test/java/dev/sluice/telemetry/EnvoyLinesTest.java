// SPDX-License-Identifier: Apache-2.0
package dev.sluice.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.failure.FailureKind;
import dev.sluice.failure.Outcome;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.Direction;
import dev.sluice.net.EndpointAddress;
import dev.sluice.net.InterceptionMode;
import dev.sluice.net.LocalAddress;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/** What Envoy 1.40.0 wrote for connections, and what we write for the same. */
final class EnvoyLinesTest {
  /** 2026-11-22T19:31:31.027Z and a bit. */
  private static final long ACCEPTED = 1_795_375_891_027_999L;

  private static final String START = "\"start_time\":\"2026-11-22T19:31:31.027Z\"";

  @Test
  void writesTheTextOfAConnectionThatBothSidesClosed() {
    assertThat(text(connection("198.18.0.9", 8080, Outcome.Closed.INSTANCE, new Bytes(5, 10))))
        .isEqualTo(
            "[2026-11-22T19:31:31.027Z] \"- - -\" 0 - 5 10 1 - \"-\" \"-\" \"-\" \"-\""
                + " \"198.18.0.9:8080\"\n");
  }

  @Test
  void writesTheTextOfAConnectionThatTheServerReset() {
    assertThat(text(connection("198.18.0.9", 8080, reset(), new Bytes(5, 0))))
        .isEqualTo(
            "[2026-11-22T19:31:31.027Z] \"- - -\" 0 UR 5 0 1 - \"-\" \"-\" \"-\" \"-\""
                + " \"198.18.0.9:8080\"\n");
  }

  @Test
  void writesTheTextOfAConnectionThatNobodyTook() {
    assertThat(text(connection("::6", 8081, refused(), new Bytes(0, 0))))
        .isEqualTo(
            "[2026-11-22T19:31:31.027Z] \"- - -\" 0 UF,URX 0 0 1 - \"-\" \"-\" \"-\" \"-\""
                + " \"[::6]:8081\"\n");
  }

  @Test
  void writesTheJsonOfAConnectionThatBothSidesClosed() {
    String line = json(connection("198.18.0.9", 8080, Outcome.Closed.INSTANCE, new Bytes(5, 10)));
    assertThat(line)
        .isEqualTo(
            "{\"authority\":null,\"bytes_received\":5,\"bytes_sent\":10,"
                + "\"connection_termination_details\":null,"
                + "\"downstream_local_address\":\"198.18.0.9:8080\","
                + "\"downstream_remote_address\":\"198.18.0.9:54262\",\"duration\":1,"
                + "\"method\":null,\"path\":null,\"protocol\":null,\"request_id\":null,"
                + "\"requested_server_name\":null,\"response_code\":0,"
                + "\"response_code_details\":null,\"response_flags\":\"-\",\"route_name\":null,"
                + START
                + ",\"upstream_cluster\":\"PassthroughCluster\","
                + "\"upstream_host\":\"198.18.0.9:8080\","
                + "\"upstream_local_address\":\"198.18.0.9:54264\","
                + "\"upstream_service_time\":null,\"upstream_transport_failure_reason\":null,"
                + "\"user_agent\":null,\"x_forwarded_for\":null"
                + ",\"sluice\":{\"id\":17,\"direction\":\"outbound\",\"mode\":\"redirect\","
                + "\"path\":\"proxied\",\"path_reason\":\"no_service\",\"duration_us\":1234,"
                + "\"outcome\":\"closed\"}}\n");
  }

  @Test
  void writesTheJsonOfAConnectionThatNobodyTook() {
    assertThat(json(connection("198.18.0.9", 8081, refused(), new Bytes(0, 0))))
        .contains(
            "\"response_flags\":\"UF,URX\"",
            "\"upstream_cluster\":\"PassthroughCluster\",\"upstream_host\":\"198.18.0.9:8081\","
                + "\"upstream_local_address\":null,",
            "\"upstream_transport_failure_reason\":\"delayed_connect_error:_Connection_refused\"",
            "\"outcome\":\"upstream_refused\",\"detail\":\"connect: ECONNREFUSED (111)\"}");
  }

  @Test
  void namesThePolicyWhereEnvoyDoes() {
    Outcome denied = new Outcome.Failed(FailureKind.POLICY_DENIED, "bank/no-guests: rule 1");
    assertThat(json(undialled(denied)))
        .contains(
            "\"connection_termination_details\":"
                + "\"rbac_access_denied_matched_policy[bank/no-guests]\"",
            "\"response_flags\":\"-\"",
            "\"upstream_cluster\":null,\"upstream_host\":null,\"upstream_local_address\":null")
        .endsWith("\"outcome\":\"policy_denied\",\"detail\":\"bank/no-guests: rule 1\"}}\n");
    assertThat(text(undialled(denied))).endsWith(" 0 - 0 0 1 - \"-\" \"-\" \"-\" \"-\" \"-\"\n");
  }

  /** Whatever a line is about, nothing that splits at blanks and quotes loses its place. */
  @ParameterizedTest
  @EnumSource(FailureKind.class)
  void keepsTheShapeWhateverFailed(FailureKind kind) {
    Outcome failed = new Outcome.Failed(kind, "a \"reason\"");
    assertThat(text(undialled(failed)))
        .matches("\\[[^]]+] \"- - -\" 0 [-A-Z,]+ 0 0 1 - \"-\" \"-\" \"-\" \"-\" \"-\"\n");
    Map<String, String> fields = parse(json(undialled(failed)));
    assertThat(fields).hasSize(24 + 8).containsEntry("sluice.detail", "a \"reason\"");
    assertThat(fields.keySet().stream().limit(24)).isSorted();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "a\n{\"sluice\":{}}",
        "a\",\"sluice\":{\"x\":\"",
        "back\\slash\\\"",
        "tab\tand\rreturn",
        "nul\0del\177\033[31m",
        "next line\u0085 separator\u2028",
      })
  void keepsAForgedValueInsideItsField(String forged) {
    String line = json(undialled(new Outcome.Failed(FailureKind.SYSTEM_ERROR, forged)));
    assertThat(line.strip().chars()).noneMatch(Character::isISOControl);
    assertThat(parse(line)).containsEntry("sluice.detail", forged).hasSize(24 + 8);
  }

  @Test
  void saysHowManyLinesAreMissing() {
    StringBuilder text = new StringBuilder();
    AccessLogFormat.TEXT.appendLost(text, ACCEPTED, 12);
    assertThat(text)
        .hasToString(
            "[2026-11-22T19:31:31.027Z] lost=12 access log lines that could not be written\n");
    StringBuilder json = new StringBuilder();
    AccessLogFormat.JSON.appendLost(json, ACCEPTED, 12);
    assertThat(parse(json.toString()))
        .containsEntry("start_time", "2026-11-22T19:31:31.027Z")
        .containsEntry("sluice.lost", "12");
  }

  private record Bytes(long received, long sent) {}

  private static Outcome reset() {
    return new Outcome.Failed(FailureKind.UPSTREAM_RESET, "");
  }

  private static Outcome refused() {
    return new Outcome.Failed(FailureKind.UPSTREAM_REFUSED, "connect: ECONNREFUSED (111)");
  }

  private static String text(ConnectionRecord connection) {
    StringBuilder line = new StringBuilder();
    AccessLogFormat.TEXT.append(line, connection);
    return line.toString();
  }

  private static String json(ConnectionRecord connection) {
    StringBuilder line = new StringBuilder();
    AccessLogFormat.JSON.append(line, connection);
    return line.toString();
  }

  private static ConnectionRecord undialled(Outcome outcome) {
    return connection(null, "198.18.0.9", 8080, outcome, new Bytes(0, 0));
  }

  private static ConnectionRecord connection(String to, int port, Outcome outcome, Bytes bytes) {
    UpstreamLeg leg =
        new UpstreamLeg(
            new EndpointAddress(address(to, port)),
            new LocalAddress(address("198.18.0.9", 54_264)));
    return connection(leg, to, port, outcome, bytes);
  }

  private static ConnectionRecord connection(
      @Nullable UpstreamLeg leg, String to, int port, Outcome outcome, Bytes bytes) {
    return new ConnectionRecord(
        new ConnectionOrigin(
            17,
            Direction.OUTBOUND,
            InterceptionMode.REDIRECT,
            ACCEPTED,
            new ClientAddress(address("198.18.0.9", 54_262)),
            new OriginalDestination(address(to, port)),
            PathReason.NO_SERVICE),
        leg,
        new Traffic(bytes.received(), bytes.sent(), 0, 1_234_567),
        outcome,
        "");
  }

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }

  /** By a parser that isn't ours: every value by the names that lead to it. */
  private static Map<String, String> parse(String line) {
    Map<String, String> values = new LinkedHashMap<>();
    String inside = "";
    try (JsonParser parser = new JsonFactory().createParser(ObjectReadContext.empty(), line)) {
      for (JsonToken token = parser.nextToken(); token != null; token = parser.nextToken()) {
        if (token == JsonToken.START_OBJECT && parser.currentName() != null) {
          inside = parser.currentName() + ".";
        } else if (token == JsonToken.END_OBJECT) {
          inside = "";
        } else if (token.isScalarValue()) {
          values.put(inside + parser.currentName(), parser.getString());
        }
      }
    }
    return values;
  }
}
