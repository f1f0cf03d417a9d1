// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConfigurationTest {
  @Test
  void replacesWordsAndLeavesMarkedLinesOut() {
    String text = "a @WORD@\nlog  # access log\nsplice # splice\n";

    assertThat(Configuration.text(text, Map.of("WORD", "b"), List.of(Configuration.ACCESS_LOG)))
        .isEqualTo("a b\nsplice # splice\n");
  }

  @Test
  void readsProcessorTimeOfACgroup() throws IOException {
    assertThat(CpuTime.usage("usage_usec 1234\nuser_usec 1\n")).isEqualTo(1234);
    assertThatThrownBy(() -> CpuTime.usage("user_usec 1\n"))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no line usage_usec");
  }

  @Test
  void waitsBeforeEachReadAndNothingElse() throws IOException {
    byte[] original;
    try (InputStream stream = Sockets.class.getResourceAsStream("Sockets.class")) {
      assertThat(stream).isNotNull();
      original = stream.readAllBytes();
    }

    List<String> waiting =
        ClassFile.of().parse(SlowedReads.slowed(original)).methods().stream()
            .filter(ConfigurationTest::waits)
            .map(method -> method.methodName().stringValue())
            .toList();

    assertThat(waiting).containsExactly("read");
    assertThat(ClassFile.of().parse(original).methods()).noneMatch(ConfigurationTest::waits);
  }

  private static boolean waits(MethodModel method) {
    return method
        .code()
        .map(
            code ->
                code.elementStream()
                    .anyMatch(
                        element ->
                            element instanceof InvokeInstruction call
                                && call.name().equalsString("parkNanos")))
        .orElse(false);
  }
}
