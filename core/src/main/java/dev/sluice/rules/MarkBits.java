// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

/**
 * A value for some of the 32 bits of a packet's or connection's mark. Immutable.
 *
 * @param value no bit outside {@code mask}
 * @param mask the bits that are looked at or written; the others are neither
 */
public record MarkBits(int value, int mask) {
  /** Every bit. */
  public static final int ALL = 0xffffffff;

  /** Checks that the value lies within the mask. */
  public MarkBits {
    if ((value & ~mask) != 0) {
      throw new IllegalArgumentException(
          "mark 0x%x/0x%x; expected no bit outside the mask".formatted(value, mask));
    }
  }

  /** The whole mark. */
  public static MarkBits of(int value) {
    return new MarkBits(value, ALL);
  }

  /** Whether {@code mark} has this value in these bits. */
  public boolean matches(int mark) {
    return (mark & mask) == value;
  }

  /** What {@code mark} becomes when these bits are written into it. */
  public int writtenInto(int mark) {
    return (mark & ~mask) | value;
  }

  /** {@code 0x539}, or {@code 0x539/0xfff}. */
  @Override
  public String toString() {
    String digits = "0x" + Integer.toHexString(value);
    return mask == ALL ? digits : digits + "/0x" + Integer.toHexString(mask);
  }
}
