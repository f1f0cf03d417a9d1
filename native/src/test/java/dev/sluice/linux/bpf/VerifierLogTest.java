// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.bpf.spec.SourceLine;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class VerifierLogTest {
  private static final String TEXT =
      """
      0: R1=ctx() R10=fp0
      ; return value[port & 7]; @ a.bpf.c:7
      11: (61) r0 = *(u32 *)(r0 +0)
      invalid access to map value, value_size=4 off=28 size=4
      R0 max value is outside of the allowed memory range
      processed 12 insns (limit 1000000) max_states_per_insn 0
      """;

  @Test
  void keepsWhatTellsTheReason() {
    VerifierLog log = VerifierLog.of((TEXT + "\0rest of the buffer").getBytes(UTF_8));
    assertThat(log.lines()).hasSize(6);
    assertThat(log.reason(2))
        .containsExactly(
            "invalid access to map value, value_size=4 off=28 size=4",
            "R0 max value is outside of the allowed memory range");
    assertThat(log.reason(99)).hasSize(5);
    assertThat(log.lastInstruction()).hasValue(11);
  }

  @Test
  void hasNoInstructionWhenTheVerifierDidNotGetThatFar() {
    assertThat(VerifierLog.of(new byte[64]).lastInstruction()).isEmpty();
    assertThat(VerifierLog.of("btf_vmlinux is malformed".getBytes(UTF_8)).lastInstruction())
        .isEmpty();
  }

  @Test
  void putsErrnoSourceAndLastLinesIntoTheMessage() {
    BpfLoadException refusal =
        new BpfLoadException(
            "bpf(BPF_PROG_LOAD) of program p",
            13,
            VerifierLog.of(TEXT.getBytes(UTF_8)),
            Optional.of(new SourceLine("a.bpf.c", 7, "return value[port & 7];")));
    assertThat(refusal)
        .hasMessage(
            """
            bpf(BPF_PROG_LOAD) of program p: EACCES (13)
              at a.bpf.c:7: return value[port & 7];
              ; return value[port & 7]; @ a.bpf.c:7
              11: (61) r0 = *(u32 *)(r0 +0)
              invalid access to map value, value_size=4 off=28 size=4
              R0 max value is outside of the allowed memory range
              (2 other lines of the verifier's log)\
            """);
  }

  @Test
  void hintsAtKernelsThatAreTooOld() {
    VerifierLog nothing = new VerifierLog(List.of());
    assertThat(new BpfLoadException("loading p", 22, nothing, Optional.empty()))
        .hasMessage(
            "loading p: EINVAL (22): this kernel may not know this type of program or this place to"
                + " attach it");
  }
}
