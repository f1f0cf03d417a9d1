// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class PodNamespaceTest {
  private static final long POD = 4_026_532_001L;
  private static final long NESTED = 4_026_532_002L;
  private static final long HOST_USER = 4_026_531_837L;
  private static final long OWN_USER = 4_026_532_009L;

  @Test
  void isThatOfTheFirstProcessWhateverTheOrder() {
    List<PodMember> members =
        List.of(
            member(7, NESTED, HOST_USER, 300),
            member(9, POD, HOST_USER, 100),
            member(12, POD, HOST_USER, 200));

    PodNamespace found = PodNamespace.choose(members, OptionalLong.empty());

    assertThat(found.member().network()).isEqualTo(POD);
    assertThat(found.doubt()).isEmpty();
  }

  @Test
  void saysSoWhenMostLiveElsewhere() {
    List<PodMember> members =
        List.of(
            member(5, POD, HOST_USER, 100),
            member(6, NESTED, HOST_USER, 200),
            member(7, NESTED, HOST_USER, 201));

    PodNamespace found = PodNamespace.choose(members, OptionalLong.empty());

    assertThat(found.member().network()).isEqualTo(POD);
    assertThat(found.doubt())
        .isEqualTo(
            "its first process lives in net:[4026532001] with 1 in all, but 2 live in"
                + " net:[4026532002]; the first counts");
  }

  @Test
  void passesOverUserNamespacesThatThePodMade() {
    List<PodMember> members =
        List.of(
            member(5, POD, HOST_USER, 100),
            member(6, NESTED, OWN_USER, 200),
            member(7, NESTED, OWN_USER, 201));

    assertThat(PodNamespace.choose(members, OptionalLong.empty()).doubt()).isEmpty();
    assertThat(PodNamespace.choose(members.subList(1, 3), OptionalLong.empty()).member().network())
        .as("a pod with a user namespace of its own")
        .isEqualTo(NESTED);
  }

  @Test
  void takesTheMajorityOfThoseThatBeganTogether() {
    List<PodMember> members =
        List.of(
            member(5, NESTED, HOST_USER, 100),
            member(6, POD, HOST_USER, 100),
            member(7, POD, HOST_USER, 101));

    assertThat(PodNamespace.choose(members, OptionalLong.empty()).member().network())
        .isEqualTo(POD);
  }

  @Test
  void staysWhereItWasWhileOneProcessIsThere() {
    List<PodMember> members =
        List.of(member(6, NESTED, HOST_USER, 150), member(12, POD, HOST_USER, 200));

    assertThat(PodNamespace.choose(members, OptionalLong.of(POD)).member().network())
        .isEqualTo(POD);
    assertThat(PodNamespace.choose(members.subList(0, 1), OptionalLong.of(POD)).member().network())
        .isEqualTo(NESTED);
  }

  @Test
  void readsTheStartOfAProgramWithAStrangeName() {
    String fields = "S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 424242 20 21\n";

    assertThat(PodMember.started("12 (a ) S) ( " + "x) " + fields)).isEqualTo(424_242);
  }

  private static PodMember member(int pid, long network, long user, long started) {
    return new PodMember(Path.of("/proc/" + pid), network, user, started);
  }
}
