// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The variables of a section: {@code .rodata} (constants for the verifier, set here before loading
 * and frozen), {@code .data} and {@code .bss}. Each section becomes an array map with one value.
 * Variables are found by their symbols; what clang put between them stays as it is. Belongs to one
 * thread.
 */
public final class DataSection {
  private final String name;
  private final byte[] content;
  private final Map<String, Variable> variables;

  /**
   * A variable's place.
   *
   * @param offset from the beginning of the section, in bytes
   * @param bytes its size
   */
  public record Variable(int offset, int bytes) {}

  DataSection(String name, byte[] content, Map<String, Variable> variables) {
    this.name = name;
    this.content = content;
    this.variables = Collections.unmodifiableMap(new TreeMap<>(variables));
  }

  /** The section, which is also the map's name. */
  public String name() {
    return name;
  }

  /** The places of the variables, by name. */
  public Map<String, Variable> variables() {
    return variables;
  }

  /** A copy of the whole content as it is now. */
  public byte[] content() {
    return content.clone();
  }

  /**
   * Sets a number of one, two, four or eight bytes.
   *
   * @throws SpecException if there is no such variable, or the number does not fit it, neither as a
   *     signed nor as an unsigned one
   */
  public void set(String variable, long value) throws SpecException {
    Variable place = place(variable);
    int bits = place.bytes() * Byte.SIZE;
    boolean fits =
        switch (place.bytes()) {
          case 1, 2, 4 -> value >= -(1L << (bits - 1)) && value < (1L << bits);
          case 8 -> true;
          default -> false;
        };
    if (!fits) {
      throw new SpecException(
          "setting %s of %s to %d: it has %d bytes"
              .formatted(variable, name, value, place.bytes()));
    }
    for (int i = 0; i < place.bytes(); i++) {
      content[place.offset() + i] = (byte) (value >>> (i * Byte.SIZE));
    }
  }

  /** Sets a {@code bool}. */
  public void set(String variable, boolean value) throws SpecException {
    set(variable, value ? 1 : 0);
  }

  /**
   * Sets all bytes of a variable, as they are to lie in memory.
   *
   * @throws SpecException if there is no such variable, or it has another size
   */
  public void set(String variable, byte[] value) throws SpecException {
    Variable place = place(variable);
    if (value.length != place.bytes()) {
      throw new SpecException(
          "setting %s of %s to %d bytes: it has %d"
              .formatted(variable, name, value.length, place.bytes()));
    }
    System.arraycopy(value, 0, content, place.offset(), value.length);
  }

  /**
   * The bytes of a variable as they are now.
   *
   * @throws SpecException if there is no such variable
   */
  public byte[] get(String variable) throws SpecException {
    Variable place = place(variable);
    return Arrays.copyOfRange(content, place.offset(), place.offset() + place.bytes());
  }

  private Variable place(String variable) throws SpecException {
    Variable place = variables.get(variable);
    if (place == null) {
      throw new SpecException(
          "looking for variable '%s' in %s: it has %s"
              .formatted(variable, name, variables.keySet()));
    }
    return place;
  }
}
