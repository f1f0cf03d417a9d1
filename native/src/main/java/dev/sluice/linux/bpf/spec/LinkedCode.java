// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program with the functions that it calls behind it, everything by the index of an instruction
 * in the whole. Immutable.
 *
 * @param instructions with calls resolved; maps and fields still missing
 * @param references the loads that need a map
 * @param relocations the instructions that need a field of the running kernel
 * @param functions where each function begins
 * @param lines where each source line begins, in order
 */
record LinkedCode(
    Instructions instructions,
    List<Reference> references,
    List<CoreRelocation> relocations,
    List<FunctionInfo> functions,
    List<LineInfo> lines) {

  /** As {@code BPF_PROG_LOAD} wants it. */
  byte[] encodedFunctions() {
    byte[] bytes = new byte[functions.size() * FunctionInfo.BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (FunctionInfo function : functions) {
      buffer.putInt(function.instruction()).putInt(function.type());
    }
    return bytes;
  }

  /** As {@code BPF_PROG_LOAD} wants it. */
  byte[] encodedLines() {
    byte[] bytes = new byte[lines.size() * LineInfo.BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (LineInfo line : lines) {
      buffer
          .putInt(line.instruction())
          .putInt(line.file())
          .putInt(line.text())
          .putInt(line.lineAndColumn());
    }
    return bytes;
  }

  /** The line that an instruction belongs to, or null. */
  @Nullable LineInfo lineOf(int instruction) {
    LineInfo found = null;
    for (LineInfo line : lines) {
      if (line.instruction() <= instruction) {
        found = line;
      }
    }
    return found;
  }
}
