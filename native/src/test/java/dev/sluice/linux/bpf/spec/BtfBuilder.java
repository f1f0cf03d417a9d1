// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes small BTF blobs for tests, such as those of kernels that nobody has here. */
final class BtfBuilder {
  private final ByteArrayOutputStream types = new ByteArrayOutputStream();
  private final ByteArrayOutputStream texts = new ByteArrayOutputStream();
  private int count;

  record Field(String name, int type, int byteOffset) {}

  BtfBuilder() {
    texts.write(0);
  }

  int integer(String name, int bytes) {
    return add(text(name), BtfKind.INT << 24, bytes, bytes * Byte.SIZE);
  }

  int struct(String name, int bytes, Field... fields) {
    return composite(BtfKind.STRUCT, name, bytes, fields);
  }

  int union(String name, int bytes, Field... fields) {
    return composite(BtfKind.UNION, name, bytes, fields);
  }

  int typedef(String name, int target) {
    return add(text(name), BtfKind.TYPEDEF << 24, target);
  }

  int array(int element, int elements) {
    return add(0, BtfKind.ARRAY << 24, 0, element, 1, elements);
  }

  int pointer(int target) {
    return add(0, BtfKind.PTR << 24, target);
  }

  int variable(String name, int type) {
    return add(text(name), BtfKind.VAR << 24, type, 1);
  }

  int section(String name, int... variables) {
    int[] numbers = new int[3 + 3 * variables.length];
    numbers[0] = text(name);
    numbers[1] = BtfKind.DATASEC << 24 | variables.length;
    for (int i = 0; i < variables.length; i++) {
      numbers[3 + 3 * i] = variables[i];
    }
    return add(numbers);
  }

  int unknownKind() {
    return add(0, 31 << 24, 0);
  }

  Btf build() throws SpecException {
    return Btf.parse(bytes());
  }

  byte[] bytes() {
    byte[] blob = new byte[24 + types.size() + texts.size()];
    ByteBuffer.wrap(blob)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putShort((short) 0xeb9f)
        .put((byte) 1)
        .put((byte) 0)
        .putInt(24)
        .putInt(0)
        .putInt(types.size())
        .putInt(types.size())
        .putInt(texts.size())
        .put(types.toByteArray())
        .put(texts.toByteArray());
    return blob;
  }

  private int composite(int kind, String name, int bytes, Field... fields) {
    int[] numbers = new int[3 + 3 * fields.length];
    numbers[0] = text(name);
    numbers[1] = kind << 24 | fields.length;
    numbers[2] = bytes;
    for (int i = 0; i < fields.length; i++) {
      numbers[3 + 3 * i] = text(fields[i].name());
      numbers[4 + 3 * i] = fields[i].type();
      numbers[5 + 3 * i] = fields[i].byteOffset() * Byte.SIZE;
    }
    return add(numbers);
  }

  private int text(String text) {
    if (text.isEmpty()) {
      return 0;
    }
    int at = texts.size();
    texts.writeBytes(text.getBytes(StandardCharsets.UTF_8));
    texts.write(0);
    return at;
  }

  private int add(int... numbers) {
    byte[] bytes = new byte[numbers.length * Integer.BYTES];
    ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int number : numbers) {
      buffer.putInt(number);
    }
    types.writeBytes(bytes);
    return ++count;
  }
}
