// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.bpf.spec.Instructions;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Writes the two or three instructions of a program that asks the kernel for a feature; anything
 * longer is written in C. Belongs to one thread.
 */
final class Assembler {
  private static final int MOVE_IMMEDIATE = 0xb7;
  private static final int EXIT = 0x95;

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();

  /** {@code r0 = value; exit}: the smallest program, with a result that its hook accepts. */
  static Instructions returning(int value) {
    return new Assembler().move(0, value).exit().assemble();
  }

  /** {@code register = value}. */
  Assembler move(int register, int value) {
    return add(MOVE_IMMEDIATE, register, 0, value);
  }

  /** {@code call helper}, with arguments in registers 1 to 5 and the result in 0. */
  Assembler call(int helper) {
    return add(Instructions.CALL, 0, 0, helper);
  }

  /** {@code exit}, with the result in register 0. */
  Assembler exit() {
    return add(EXIT, 0, 0, 0);
  }

  Instructions assemble() {
    return Instructions.copyOf(code.toByteArray());
  }

  private Assembler add(int opcode, int register, int offset, int immediate) {
    byte[] instruction = new byte[Instructions.BYTES];
    ByteBuffer.wrap(instruction)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put((byte) opcode)
        .put((byte) register)
        .putShort((short) offset)
        .putInt(immediate);
    code.writeBytes(instruction);
    return this;
  }
}
