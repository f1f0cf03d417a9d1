// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.node.PodName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class MessagesTest {
  private static final HexFormat HEX = HexFormat.of();

  @Test
  void readsAPodThatIsHandedOver() throws Exception {
    // add { uid: "u1", workload_info { name: "web" namespace: "shop" service_account: "sa" } }
    assertThat(request("0a150a02753112" + "0f" + "0a03776562" + "120473686f70" + "1a027361"))
        .isEqualTo(new AgentRequest.Add(new PodName("u1", "shop", "web", "sa")));
  }

  @Test
  void readsTheOthers() throws Exception {
    assertThat(request("0a040a027531")).isEqualTo(new AgentRequest.Add(PodName.ofUid("u1")));
    assertThat(request("2a040a027531")).isEqualTo(new AgentRequest.Keep("u1"));
    assertThat(request("120412027531")).isEqualTo(new AgentRequest.Delete("u1"));
    assertThat(request("1a00")).isEqualTo(new AgentRequest.SnapshotSent());
  }

  @Test
  void passesOverFieldsOfLaterVersions() throws Exception {
    // A varint, eight bytes, text and four bytes, in the message and in the pod.
    String later = "c83e8101" + "c93e0102030405060708" + "ca3e0161" + "cd3e01020304";
    assertThat(request(later + "0a34" + later + "0a027531" + later))
        .isEqualTo(new AgentRequest.Add(PodName.ofUid("u1")));
  }

  @ParameterizedTest
  @CsvSource({
    "'', no request in it that is known",
    "0a00, a pod without a uid",
    "2a00, a pod without a uid",
    "12040a027531, a pod without a uid",
    "0a, the message ends within a number",
    "0a05, field 1 ends beyond the message",
    "0affffffffffffffffff01, field 1 ends beyond the message",
    "ffffffffffffffffffff01, a number of more than ten bytes",
    "0801, field 1 has the wire type 0; expected 2",
    "0b, field 1 has the wire type 3; expected 2",
    "33, field 6 has the wire type 3",
    "0000, a field with the number 0",
    "0a030a01ff, field 1 isn't UTF-8"
  })
  void refusesWhatIsNoRequest(String bytes, String why) {
    assertThatThrownBy(() -> request(bytes))
        .isInstanceOf(MalformedRequestException.class)
        .hasMessageContaining(why);
  }

  @Test
  void throwsNothingElseWhateverTheBytes() {
    Random random = new Random(20_261_122);
    byte[] valid = HEX.parseHex("0a150a027531120f0a03776562120473686f701a027361");
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = Arrays.copyOf(valid, random.nextInt(valid.length + 4));
      for (int changes = random.nextInt(4); changes >= 0 && bytes.length > 0; changes--) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      try {
        assertThat(Messages.request(bytes)).isNotNull();
      } catch (MalformedRequestException e) {
        assertThat(e).hasMessageNotContaining("null");
      }
    }
  }

  @Test
  void writesGreetingAndAnswers() {
    assertThat(HEX.formatHex(Messages.hello())).isEqualTo("0801");
    assertThat(HEX.formatHex(Messages.acknowledgement(""))).isEqualTo("0a00");
    assertThat(HEX.formatHex(Messages.acknowledgement("no"))).isEqualTo("0a040a026e6f");
  }

  @Test
  void cutsAnErrorToWhatTheAgentReads() {
    byte[] answer = Messages.acknowledgement("x".repeat(899) + "\u00e9".repeat(100));
    assertThat(answer).hasSizeLessThan(1024);
    assertThat(new String(answer, 6, answer.length - 6, StandardCharsets.UTF_8))
        .isEqualTo("x".repeat(899));
  }

  private static AgentRequest request(String bytes) throws MalformedRequestException {
    return Messages.request(HEX.parseHex(bytes));
  }
}
