// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

/**
 * A key with its value, as bytes. Keeps the arrays that it is given, which nobody may change.
 * Immutable.
 */
public final class MapEntry {
  private final byte[] key;
  private final byte[] value;

  private MapEntry(byte[] key, byte[] value) {
    this.key = key;
    this.value = value;
  }

  /** An entry of these bytes. */
  public static MapEntry of(byte[] key, byte[] value) {
    return new MapEntry(key, value);
  }

  /** The key's bytes. */
  public byte[] key() {
    return key;
  }

  /** The value's bytes. */
  public byte[] value() {
    return value;
  }
}
