// SPDX-License-Identifier: Apache-2.0
package dev.sluice.trace;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.netlink.SocketEntry;
import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.netlink.TraceMessage;
import dev.sluice.linux.netlink.TracedPacket;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What becomes of evidence, and of evidence that is missing. */
final class JoinerTest {
  private static final Place POD = new Place("pod", 1);
  private static final Place OTHER = new Place("other", 2);
  private static final InetSocketAddress CLIENT = at("10.0.0.1:4000");
  private static final InetSocketAddress SERVICE = at("10.0.0.9:80");
  private static final InetSocketAddress LISTENER = at("127.0.0.1:15001");
  private static final Holder PROXY = new Holder(7, "java");

  private final List<SeenPacket> packets = new ArrayList<>();
  private final List<SeenSocket> sockets = new ArrayList<>();
  private final List<ProxyRecord> records = new ArrayList<>();
  private final Set<Holder> proxies = new HashSet<>();
  private long clock = 100;

  @Test
  void findsThePacketAgainBehindATranslationAndANewId() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    rule(POD, 1, 5);
    packet(POD, 1, "postrouting_last", CLIENT, LISTENER, 77);
    // Somebody else's packet takes over the id.
    packet(POD, 1, "output_first", at("10.0.0.1:4001"), SERVICE, 78);
    rule(POD, 1, 6);
    packet(POD, 2, "prerouting_first", CLIENT, LISTENER, 77);
    packet(POD, 2, "input_last", CLIENT, LISTENER, 77);

    List<What> path = join();

    assertThat(path).filteredOn(What.Rule.class::isInstance).hasSize(1);
    assertThat(path)
        .contains(
            new What.Translated(
                POD, "postrouting", new Flow(CLIENT, SERVICE), new Flow(CLIENT, LISTENER)))
        .contains(new What.Packet(POD, "input", What.Point.DELIVERED, new Flow(CLIENT, LISTENER)));
  }

  @Test
  void leavesOutAPacketThatIsSentAgain() {
    for (int i = 0; i < 2; i++) {
      packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
      packet(POD, 1, "postrouting_last", CLIENT, SERVICE, 77);
    }

    assertThat(join()).filteredOn(What.Packet.class::isInstance).hasSize(2);
  }

  @Test
  void goesOnBehindAProxyByItsRecord() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    packet(POD, 1, "input_last", CLIENT, LISTENER, 77);
    socket(POD, LISTENER, CLIENT, Optional.of(PROXY));
    record("source=10.0.0.1:4000", "upstream=10.0.0.9:80", "upstream_source=10.0.0.1:5000");
    packet(POD, 3, "output_first", at("10.0.0.1:5000"), SERVICE, 99);
    socket(OTHER, SERVICE, at("10.0.0.1:5000"), Optional.empty());

    List<What> path = join();

    assertThat(path)
        .contains(new What.Accepted(POD, LISTENER, CLIENT, Optional.of(PROXY)))
        .contains(new What.UpstreamDialled(Optional.of(PROXY), "10.0.0.1:5000", "10.0.0.9:80"))
        .last()
        .isEqualTo(new What.ServerSaw(OTHER, SERVICE, at("10.0.0.1:5000"), Optional.empty()));
  }

  /** Nobody dialled its address: it may be somebody's proxy, which keeps no record. */
  @Test
  void callsNobodyTheServerWhoseAddressWasNotDialled() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    packet(POD, 1, "input_last", CLIENT, LISTENER, 77);
    socket(POD, LISTENER, CLIENT, Optional.of(PROXY));

    assertThat(join()).noneMatch(What.ServerSaw.class::isInstance);
    assertThat(join())
        .endsWith(
            new What.Accepted(POD, LISTENER, CLIENT, Optional.of(PROXY)),
            new What.Unknown(
                "whether and where the connection went on from there",
                "its socket has another address than the connection came with, and no record of"
                    + " it can be read"));
  }

  /** The same in the server's pod: what counts is the address that the packet came there with. */
  @Test
  void tellsAnInterceptorOfTheServersPodFromATranslationBefore() {
    InetSocketAddress backend = at("10.0.1.5:8080");
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    packet(POD, 1, "postrouting_last", CLIENT, backend, 77);
    packet(OTHER, 1, "prerouting_first", CLIENT, backend, 77);
    packet(OTHER, 1, "input_last", CLIENT, backend, 77);
    socket(OTHER, backend, CLIENT, Optional.empty());

    assertThat(join())
        .last()
        .isEqualTo(new What.ServerSaw(OTHER, backend, CLIENT, Optional.empty()));

    packet(OTHER, 2, "prerouting_first", CLIENT, backend, 77);
    packets.remove(3);
    sockets.clear();
    InetSocketAddress inbound = at("10.0.1.5:15006");
    packet(OTHER, 2, "input_last", CLIENT, inbound, 77);
    socket(OTHER, inbound, CLIENT, Optional.empty());

    assertThat(join()).noneMatch(What.ServerSaw.class::isInstance);
  }

  /** A proxy that denies has reset the connection by the time anybody looks. */
  @Test
  void saysWhatAProxyToldOfASocketThatIsGone() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    packet(POD, 1, "input_last", CLIENT, LISTENER, 77);
    record("source=10.0.0.1:4000", "upstream=-", "outcome=policy_denied");

    assertThat(join())
        .contains(
            new What.Unknown(
                "the socket that accepted 10.0.0.1:4000", "it was closed before it was looked for"))
        .last()
        .isInstanceOfSatisfying(
            What.Decided.class, it -> assertThat(it.outcome()).isEqualTo("policy_denied"));
  }

  /** Its own connection, which nobody accepts, has the client's address, too. */
  @Test
  void saysOnceWhatATransparentProxyTold() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    socket(POD, LISTENER, CLIENT, Optional.of(PROXY));
    record(
        "source=10.0.0.1:4000",
        "upstream_source=10.0.0.1:4000",
        "upstream=10.0.0.9:80",
        "outcome=upstream_refused");

    assertThat(join()).filteredOn(What.Decided.class::isInstance).hasSize(1);
  }

  /** It would tell, but of this connection it did not. */
  @Test
  void callsNoProxyTheServer() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    socket(OTHER, SERVICE, CLIENT, Optional.of(PROXY));
    proxies.add(PROXY);

    assertThat(join())
        .contains(new What.Accepted(OTHER, SERVICE, CLIENT, Optional.of(PROXY)))
        .noneMatch(What.ServerSaw.class::isInstance);
  }

  /** Nothing is changed on the way to a transparent proxy but the socket it ends at. */
  @Test
  void callsNobodyTheServerWhoseSocketIsTransparent() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    socket(OTHER, SERVICE, CLIENT, Optional.empty());
    SeenSocket seen = sockets.removeLast();
    SocketEntry entry = seen.socket();
    sockets.add(
        new SeenSocket(
            OTHER,
            new SocketEntry(entry.id(), entry.state(), entry.inode(), entry.uid(), true),
            Optional.empty(),
            1));

    assertThat(join()).noneMatch(What.ServerSaw.class::isInstance);
  }

  @Test
  void saysWhereNetfilterWasNotTraced() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    packet(POD, 1, "postrouting_last", CLIENT, SERVICE, 77);
    socket(OTHER, SERVICE, CLIENT, Optional.empty());

    assertThat(join())
        .endsWith(
            new What.Unknown("netfilter of other", "not traced; add --through other"),
            new What.ServerSaw(OTHER, SERVICE, CLIENT, Optional.empty()));
  }

  /** The same addresses exist in the namespace next door: the packet was not delivered there. */
  @Test
  void takesTheSocketOfTheNamespaceThatThePacketWasDeliveredIn() {
    packet(POD, 1, "output_first", CLIENT, LISTENER, 77);
    packet(POD, 1, "input_last", CLIENT, LISTENER, 77);
    socket(OTHER, LISTENER, CLIENT, Optional.of(new Holder(8, "stranger")));
    socket(POD, LISTENER, CLIENT, Optional.of(PROXY));

    assertThat(join()).contains(new What.Accepted(POD, LISTENER, CLIENT, Optional.of(PROXY)));
  }

  @Test
  void saysWhatNobodyTold() {
    List<Hop> hops = Joiner.join(material());

    assertThat(hops)
        .filteredOn(hop -> hop.what() instanceof What.Unknown)
        .hasSize(2)
        .allMatch(hop -> hop.sighting().evidence() == Evidence.NOT_OBSERVED);
    assertThat(hops).noneMatch(hop -> hop.what() instanceof What.ServerSaw);
  }

  /** A record of another connection, or of another process, is none of this one. */
  @Test
  void takesNoOtherRecord() {
    packet(POD, 1, "output_first", CLIENT, SERVICE, 77);
    socket(POD, LISTENER, CLIENT, Optional.of(PROXY));
    record("source=10.0.0.1:4001", "upstream=10.0.0.9:80", "upstream_source=10.0.0.1:5000");
    records.add(
        new ProxyRecord(new Holder(8, "other"), "log", Map.of("source", "10.0.0.1:4000"), 1));

    assertThat(join()).noneMatch(What.Decided.class::isInstance);
  }

  private List<What> join() {
    return Joiner.join(material()).stream().map(Hop::what).toList();
  }

  private Material material() {
    Dial dial = new Dial(POD, SERVICE, 1, 2, 0, Optional.of(CLIENT), Optional.of(SERVICE));
    return new Material(
        dial,
        new Observed(Optional.empty(), List.of(), List.of(), List.of(), List.of()),
        new Packets(Set.of(POD.inode()), packets),
        sockets,
        new Told(proxies, records),
        Map.of(),
        List.of());
  }

  private void packet(
      Place place,
      int id,
      String chain,
      InetSocketAddress source,
      InetSocketAddress destination,
      long sequence) {
    packets.add(
        new SeenPacket(
            place,
            new TraceMessage(
                id,
                "inet",
                "sluice_trace_1",
                chain,
                TraceMessage.Event.POLICY,
                OptionalLong.empty(),
                "accept",
                Optional.of(new TracedPacket(source, destination, 6, sequence, 2)),
                0,
                clock++)));
  }

  private void rule(Place place, int id, long handle) {
    packets.add(
        new SeenPacket(
            place,
            new TraceMessage(
                id,
                "ip",
                "nat",
                "OUTPUT",
                TraceMessage.Event.RULE,
                OptionalLong.of(handle),
                "accept",
                Optional.empty(),
                0,
                clock++)));
  }

  private void socket(
      Place place, InetSocketAddress local, InetSocketAddress remote, Optional<Holder> holder) {
    SocketId id =
        new SocketId(SocketProtocol.TCP, AddressFamily.INET, local, remote, 0, sockets.size());
    sockets.add(
        new SeenSocket(
            place, new SocketEntry(id, TcpState.ESTABLISHED, 1, 0, false), holder, clock++));
  }

  private void record(String... fields) {
    Map<String, String> parsed = new HashMap<>();
    for (String field : fields) {
      parsed.put(field.substring(0, field.indexOf('=')), field.substring(field.indexOf('=') + 1));
    }
    records.add(new ProxyRecord(PROXY, "log", parsed, 50));
  }

  private static InetSocketAddress at(String text) {
    return AddressPort.parse(text).orElseThrow();
  }
}
