// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Which endpoints a frontend has, and which of them get new connections. */
final class ServiceFrontendTest {
  private static final ObjectName WEB = new ObjectName("shop", "web");
  private static final String V4 = "10.96.0.10";
  private static final String V6 = "fd00:10:96::10";
  private static final ServicePort HTTP =
      new ServicePort("http", 80, TransportProtocol.TCP, new TargetPort.Numbered(8080));

  @ParameterizedTest
  @CsvSource({
    "true, true, false, READY",
    "true, true, true, READY",
    "true, false, false, READY",
    "false, true, true, SERVING_TERMINATING",
    "false, false, true, TERMINATING",
    "false, true, false, NOT_READY",
    "false, false, false, NOT_READY",
  })
  void threeConditionsComeToOneState(
      boolean ready, boolean serving, boolean terminating, EndpointState state) {
    assertThat(EndpointState.of(ready, serving, terminating)).isEqualTo(state);
  }

  /**
   * Endpoints are written as the last number of their IPv4 address and the first letters of their
   * state: R(eady), S(erving and terminating), T(erminating), N(ot ready); {@code 6} before the
   * number makes it IPv6.
   */
  static Stream<Arguments> selections() {
    return Stream.of(
        Arguments.of("", "", ""),
        Arguments.of("1R 2R", "1R 2R", ""),
        Arguments.of("1R 2S 3T 4N", "1R", "2S 3T 4N"),
        Arguments.of("1S 2T 3N", "1S", "2T 3N"),
        Arguments.of("1T 2N", "", "1T 2N"),
        Arguments.of("3R 1R 2N", "1R 3R", "2N"),
        Arguments.of("1R 1T", "1R", ""),
        Arguments.of("1T 1R", "1R", ""),
        Arguments.of("1N 1T 1S", "1S", ""),
        Arguments.of("1R 61R", "1R 61R", ""),
        Arguments.of("1R 61S", "1R 61S", ""),
        Arguments.of("1S 61R 62S", "1S 61R", "62S"),
        Arguments.of("200R 100R 61N", "100R 200R", "61N"));
  }

  @ParameterizedTest
  @MethodSource("selections")
  void givesNewConnectionsToTheReadyAndElseToThoseThatStillServeInEachFamily(
      String all, String selectable, String unselectable) {
    ServiceFrontend frontend = only(service(V4, V6), endpoints(all));

    assertThat(frontend.selectable()).isEqualTo(endpoints(selectable));
    assertThat(frontend.unselectable()).isEqualTo(endpoints(unselectable));
    assertThat(frontend.selectable(IpFamily.IPV4))
        .isEqualTo(endpoints(selectable.replaceAll("6\\d\\w", "")));
    assertThat(frontend.unselectable(IpFamily.IPV6))
        .isEqualTo(endpoints(unselectable.replaceAll("\\b[1-5]\\w+", "")));
  }

  @Test
  void givesThemToAllWhereEndpointsThatAreNotReadyArePublished() {
    Service service =
        new Service(WEB, List.of(IpLiteral.parse(V4)), List.of(HTTP), Optional.empty(), true);

    assertThat(only(service, endpoints("1R 2S 3T 4N")).selectable())
        .isEqualTo(endpoints("1R 2S 3T 4N"));
  }

  @ParameterizedTest
  @CsvSource({
    V4 + ", 1R",
    V6 + ", 61R",
    V4 + " " + V6 + ", 1R 61R",
  })
  void hasOnlyFamiliesInWhichClientsCanReachIt(String ips, String selectable) {
    ServiceFrontend frontend = only(service(ips.split(" ")), endpoints("1R 61R"));

    assertThat(frontend.selectable()).isEqualTo(endpoints(selectable));
    assertThat(frontend.families()).hasSize(ips.split(" ").length);
    for (IpFamily family : IpFamily.values()) {
      assertThat(frontend.clusterIp(family).isPresent())
          .isEqualTo(frontend.families().contains(family));
    }
  }

  @Test
  void carriesWhatTheServiceSaysOfItself() {
    ServicePort port =
        new ServicePort(
            "dns", 53, TransportProtocol.UDP, new TargetPort.Named("dns"), OptionalInt.of(30053));
    Service service =
        new Service(
            WEB,
            List.of(IpLiteral.parse(V4)),
            List.of(HTTP, port),
            Optional.of(Duration.ofSeconds(60)),
            false);

    assertThat(MeshSnapshot.of(List.of(service), List.of()).frontends())
        .containsExactly(
            new ServiceFrontend(
                WEB, HTTP, service.clusterIps(), service.clientAffinity(), List.of(), List.of()),
            new ServiceFrontend(
                WEB, port, service.clusterIps(), service.clientAffinity(), List.of(), List.of()));
  }

  @Test
  void isThereForANodePortAloneInBothFamiliesAndNotForAHeadlessService() {
    ServicePort nodePort =
        new ServicePort(
            "", 80, TransportProtocol.TCP, new TargetPort.Numbered(80), OptionalInt.of(30080));
    Service offered = new Service(WEB, List.of(), List.of(nodePort));
    Service headless = new Service(new ObjectName("shop", "db"), List.of(), List.of(HTTP));
    PortEndpoints ofDb =
        new PortEndpoints(headless.name(), "http", TransportProtocol.TCP, endpoints("1R"));

    assertThat(MeshSnapshot.of(List.of(offered, headless), List.of(ofDb), List.of()).frontends())
        .singleElement()
        .satisfies(
            frontend -> {
              assertThat(frontend.service()).isEqualTo(WEB);
              assertThat(frontend.families()).containsExactly(IpFamily.values());
            });
  }

  @Test
  void joinsWhatSeveralSourcesKnowOfOnePort() {
    List<PortEndpoints> sources = List.of(of("1R 2T"), of("2R 61R"), of("3R"));

    assertThat(
            MeshSnapshot.of(List.of(service(V4, V6)), sources, List.of())
                .frontends()
                .getFirst()
                .selectable())
        .isEqualTo(endpoints("1R 2R 3R 61R"));
  }

  @Test
  void tellsPortsOfOneNameApartByTransport() {
    ServicePort udp =
        new ServicePort("http", 80, TransportProtocol.UDP, new TargetPort.Numbered(8080));
    Service service = new Service(WEB, List.of(IpLiteral.parse(V4)), List.of(HTTP, udp));
    PortEndpoints quic = new PortEndpoints(WEB, "http", TransportProtocol.UDP, endpoints("1R"));

    assertThat(MeshSnapshot.of(List.of(service), List.of(quic), List.of()).frontends())
        .extracting(frontend -> frontend.selectable().size())
        .containsExactly(0, 1);
  }

  @Test
  void refusesWhatNoServiceHas() {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                MeshSnapshot.of(
                    List.of(service(V4)),
                    List.of(
                        new PortEndpoints(WEB, "https", TransportProtocol.TCP, endpoints("1R"))),
                    List.of()))
        .withMessageContaining("port \"https\" TCP of service shop/web");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Endpoint(new InetSocketAddress("10.0.0.1", 0), EndpointState.READY));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Endpoint(
                    InetSocketAddress.createUnresolved("web.example", 80), EndpointState.READY));
  }

  @Test
  void refusesOneNodePortForTwoPorts() {
    Service a = nodePort("a", TransportProtocol.TCP);
    Service b = nodePort("b", TransportProtocol.TCP);
    Service c = nodePort("c", TransportProtocol.UDP);

    assertThat(MeshSnapshot.of(List.of(a, c), List.of()).frontends()).hasSize(2);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeshSnapshot.of(List.of(a, b), List.of()))
        .withMessage("TCP node port 30080 of shop/b is given twice");
  }

  @ParameterizedTest
  @CsvSource({"0", "86401"})
  void refusesAnAffinityThatKubernetesRefuses(int seconds) {
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Service(
                    WEB, List.of(), List.of(), Optional.of(Duration.ofSeconds(seconds)), false))
        .withMessageContaining("expected 1 to 86400 seconds");
  }

  private static Service nodePort(String name, TransportProtocol protocol) {
    ServicePort port =
        new ServicePort("", 80, protocol, new TargetPort.Numbered(80), OptionalInt.of(30080));
    return new Service(new ObjectName("shop", name), List.of(), List.of(port));
  }

  private static ServiceFrontend only(Service service, List<Endpoint> endpoints) {
    PortEndpoints ofHttp = new PortEndpoints(WEB, "http", TransportProtocol.TCP, endpoints);
    return MeshSnapshot.of(List.of(service), List.of(ofHttp), List.of()).frontends().getFirst();
  }

  private static Service service(String... ips) {
    return new Service(WEB, Stream.of(ips).map(IpLiteral::parse).toList(), List.of(HTTP));
  }

  private static PortEndpoints of(String endpoints) {
    return new PortEndpoints(WEB, "http", TransportProtocol.TCP, endpoints(endpoints));
  }

  private static List<Endpoint> endpoints(String texts) {
    return Stream.of(texts.split(" "))
        .filter(text -> !text.isEmpty())
        .map(ServiceFrontendTest::endpoint)
        .toList();
  }

  private static Endpoint endpoint(String text) {
    String number = text.substring(0, text.length() - 1);
    InetAddress ip =
        IpLiteral.parse(
            number.startsWith("6") ? "fd00:10:244::" + number.substring(1) : "10.244.0." + number);
    EndpointState state =
        Arrays.stream(EndpointState.values())
            .filter(candidate -> candidate.name().charAt(0) == text.charAt(text.length() - 1))
            .findFirst()
            .orElseThrow();
    return new Endpoint(new InetSocketAddress(ip, 8080), state);
  }
}
