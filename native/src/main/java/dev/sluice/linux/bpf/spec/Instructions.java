// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * eBPF instructions of eight bytes each ({@code struct bpf_insn}), to be read and patched in place.
 * See <a href="https://www.rfc-editor.org/rfc/rfc9669">RFC 9669</a>. Belongs to one thread.
 */
public final class Instructions {
  /** The size of one instruction. */
  public static final int BYTES = 8;

  /** {@code BPF_LD | BPF_IMM | BPF_DW}: loads 64 bits, and takes two places. */
  public static final int LOAD_IMM64 = 0x18;

  /** {@code BPF_JMP | BPF_CALL}. */
  public static final int CALL = 0x85;

  /** {@code BPF_PSEUDO_MAP_FD}: the value is a map's descriptor. */
  public static final int PSEUDO_MAP_FD = 1;

  /** {@code BPF_PSEUDO_MAP_VALUE}: an address in the first value of an array map. */
  public static final int PSEUDO_MAP_VALUE = 2;

  /** {@code BPF_PSEUDO_CALL}: the target is a function of the program. */
  static final int PSEUDO_CALL = 1;

  /** {@code BPF_PSEUDO_FUNC}: the value is a function of the program. */
  static final int PSEUDO_FUNC = 4;

  private static final int CLASS_MASK = 7;
  private static final int CLASS_LDX = 1;
  private static final int CLASS_ST = 2;
  private static final int CLASS_STX = 3;
  private static final int CLASS_ALU = 4;
  private static final int CLASS_ALU64 = 7;

  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] code;

  private Instructions(byte[] code) {
    this.code = code;
  }

  /** Instructions in a copy of {@code code}, whose length is a multiple of eight. */
  public static Instructions copyOf(byte[] code) {
    if (code.length % BYTES != 0) {
      throw new IllegalArgumentException(
          "reading instructions of " + code.length + " bytes: expected a multiple of 8");
    }
    return new Instructions(code.clone());
  }

  /** How many there are. */
  public int count() {
    return code.length / BYTES;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return code.clone();
  }

  /** A copy that can be patched by itself. */
  Instructions copy() {
    return new Instructions(code.clone());
  }

  /** Copies {@code count} instructions from {@code first} behind the first {@code at} of others. */
  void copyTo(byte[] others, int at, int first, int count) {
    System.arraycopy(code, first * BYTES, others, at * BYTES, count * BYTES);
  }

  /** The operation at an index. */
  public int opcode(int index) {
    return code[index * BYTES] & 0xff;
  }

  /** The source register, which for some operations says what the immediate value means. */
  public int source(int index) {
    return code[index * BYTES + 1] >>> 4 & 0xf;
  }

  /** The offset of a memory access or jump. */
  public int offset(int index) {
    return (short) SHORT.get(code, index * BYTES + 2);
  }

  /** The immediate value. */
  public int immediate(int index) {
    return (int) INT.get(code, index * BYTES + 4);
  }

  /** Changes the immediate value. */
  public void setImmediate(int index, int value) {
    INT.set(code, index * BYTES + 4, value);
  }

  /** Turns a 64-bit load into one of a map or of an address in its first value. */
  public void setMap(int index, int pseudoSource, int descriptor, int valueOffset) {
    int at = index * BYTES + 1;
    code[at] = (byte) ((code[at] & 0xf) | (pseudoSource << 4));
    setImmediate(index, descriptor);
    setImmediate(index + 1, valueOffset);
  }

  /** True for a call of a function of the program itself. */
  boolean isLocalCall(int index) {
    return opcode(index) == CALL && source(index) == PSEUDO_CALL;
  }

  /** True for a 64-bit load, which is followed by its second half. */
  boolean isWide(int index) {
    return opcode(index) == LOAD_IMM64 && index + 1 < count();
  }

  /**
   * Puts a value where clang left room for one that depends on the kernel: the offset of a memory
   * access or the immediate value of an arithmetic instruction.
   *
   * @throws SpecException if the instruction is of another kind, or the value does not fit
   */
  void setField(int index, int value) throws SpecException {
    switch (opcode(index) & CLASS_MASK) {
      case CLASS_LDX, CLASS_ST, CLASS_STX -> {
        if (value < 0 || value > Short.MAX_VALUE) {
          throw new SpecException(
              "relocating instruction %d: offset %d does not fit 16 bits".formatted(index, value));
        }
        SHORT.set(code, index * BYTES + 2, (short) value);
      }
      case CLASS_ALU, CLASS_ALU64 -> setImmediate(index, value);
      default -> {
        if (!isWide(index)) {
          throw new SpecException(
              "relocating instruction %d: operation %#x has no room for a field's place"
                  .formatted(index, opcode(index)));
        }
        setImmediate(index, value);
        setImmediate(index + 1, 0);
      }
    }
  }
}
