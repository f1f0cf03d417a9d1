// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.netlink.SocketId;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.TcpState;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes written out by hand from reaper.bpf.c; both architectures are little-endian. */
class SocketTableTest {
  private static final String MAPPED = "00000000000000000000ffff";
  private static final String RECORD =
      "8877665544332211" // cookie
          + "0100000001000000" // inode
          + "980000f0" // netns
          + "03000000" // interface
          + (MAPPED + "0a070102") // local
          + (MAPPED + "0af40105") // remote
          + "b0f7" // local_port
          + "14e9" // remote_port
          + "0a00" // family
          + "1100" // protocol
          + "01000000" // state
          + (MAPPED + "0a60000a") // service
          + (MAPPED + "0af40105") // backend
          + "0035" // service_port
          + "14e9" // backend_port
          + "07000000" // service_id
          + "09000000"; // backend_id

  private static final SocketTableEntry ENTRY =
      new SocketTableEntry(
          new SocketId(
              SocketProtocol.UDP,
              AddressFamily.INET6,
              at("10.7.1.2", 45303),
              at("10.244.1.5", 5353),
              3,
              0x1122334455667788L),
          TcpState.ESTABLISHED,
          0xf0000098L,
          0x100000001L,
          new SocketTranslation(at("10.96.0.10", 53), 7, at("10.244.1.5", 5353), 9));

  @Test
  void readsARecord() throws Exception {
    assertThat(SocketTable.decode(bytes(RECORD))).isEqualTo(ENTRY);
  }

  @ParameterizedTest
  @ValueSource(strings = {RECORD + "00", "", "00"})
  void refusesARecordOfAnotherLength(String record) {
    assertThatThrownBy(() -> SocketTable.decode(bytes(record)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(record.length() / 2 + " bytes, expected 112");
  }

  @ParameterizedTest
  @CsvSource({
    "0a001100, 01001100, family 1",
    "0a001100, 0a000601, protocol 262",
  })
  void refusesWhatItDoesNotKnow(String part, String other, String complaint) {
    assertThatThrownBy(() -> SocketTable.decode(bytes(RECORD.replace(part, other))))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(complaint);
  }

  @ParameterizedTest
  @CsvSource({
    "10.244.1.5, 5353, ESTABLISHED, true",
    "10.244.1.5, 5353, SYN_SENT, true",
    "10.244.1.5, 5353, CLOSE, false",
    "10.244.1.5, 5354, ESTABLISHED, false",
    "10.244.1.6, 5353, ESTABLISHED, false",
    "0.0.0.0, 0, CLOSE, false",
  })
  void knowsWhetherASocketIsStillWithItsBackend(
      String remote, int port, TcpState state, boolean expected) {
    SocketId id = ENTRY.id();
    SocketId other =
        new SocketId(id.protocol(), id.family(), id.local(), at(remote, port), 0, id.cookie());
    assertThat(new SocketTableEntry(other, state, 1, 1, ENTRY.translation()).isWithItsBackend())
        .isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "7, 10.244.1.5, 5353, true",
    "7, 10.244.1.5, 5354, false",
    "7, 10.244.1.6, 5353, true", // lingering
    "8, 10.244.1.5, 5353, false", // of another set
  })
  void knowsWhoServesWhom(int set, String backend, int port, boolean expected) {
    ServingBackends serving =
        ServingBackends.of(
            List.of(
                new TableEntry.ServiceIp(
                    at("10.96.0.10", 53), 17, 8, new TableEntry.SetInfo(1, 0, 0)),
                backend(TableLayout.Kind.SLOT, "10.244.1.5"),
                backend(TableLayout.Kind.LINGERING, "10.244.1.6")));
    // Its number in the table is another one, as after a restart.
    SocketTranslation translation =
        new SocketTranslation(at("10.96.0.10", 53), set, at(backend, port), 1000);
    assertThat(serving.contains(translation)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({"true, 'ended UDP '", "false, 'already gone: UDP '"})
  void writesOneLineForPeople(boolean ended, String begin) {
    StaleSocketFate fate = ended ? new StaleSocketFate.Ended() : new StaleSocketFate.AlreadyGone();
    StaleSocket stale =
        new StaleSocket(
            ENTRY,
            List.of(
                new SocketHolder(71, 5, "resolver"),
                new SocketHolder(71, 6, "resolver"),
                new SocketHolder(72, 5, "worker")),
            fate);
    assertThat(stale.toText())
        .isEqualTo(
            begin
                + "10.7.1.2:45303 of pid 71 (resolver), pid 72 (worker) in net:[4026531992]:"
                + " 10.96.0.10:53 was served by 10.244.1.5:5353");
  }

  @Test
  void saysWhyASocketSurvived() {
    StaleSocket stale =
        new StaleSocket(ENTRY, List.of(), new StaleSocketFate.Survived("EPERM (1)"));
    assertThat(stale.toText())
        .isEqualTo(
            "not ended: UDP 10.7.1.2:45303 in net:[4026531992]: 10.96.0.10:53 was served by"
                + " 10.244.1.5:5353: EPERM (1)");
    assertThat(new ReapReport(9, List.of(stale)).survived()).isEqualTo(1);
    assertThat(new ReapReport(9, List.of(stale)).ended()).isZero();
    assertThat(new ReapReport(9, List.of(stale)).toLines(1)).containsExactly(stale.toText());
    assertThat(new ReapReport(9, List.of(stale, stale)).toLines(1))
        .containsExactly(
            stale.toText(), "and 1 more: of 2 sockets whose backend is gone 0 were ended, 2 not");
  }

  private static TableEntry backend(TableLayout.Kind kind, String address) {
    return new TableEntry.Backend(kind, 7, 9, at(address, 5353));
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex);
  }

  private static InetSocketAddress at(String host, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(host), port);
  }
}
