// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Damaged objects end in a {@link SpecException} or in a result, never in another exception and
 * never in a hang. {@code -Dsluice.fuzz.seed=N} and {@code -Dsluice.fuzz.cases=N} choose others.
 */
class HostileObjectTest {
  private static final long SEED = Long.getLong("sluice.fuzz.seed", 20_261_122L);
  private static final int CASES = Integer.getInteger("sluice.fuzz.cases", 20_000);

  private static final int OBJECTS = 6;

  /** One object takes about a tenth of a millisecond; this is a hang. */
  private static final long SLOW_MILLIS = 2_000;

  @ParameterizedTest
  @ValueSource(strings = {"kinds", "connect4", "refused", "socketlb", "serviceip", "capture"})
  @Timeout(value = 300, unit = TimeUnit.SECONDS)
  void endsInAResultOrASpecException(String name) {
    byte[] whole = TestObjects.bytes(name);
    Random random = new Random(SEED);
    int refused = 0;
    for (int i = 0; i < CASES / OBJECTS + 1; i++) {
      byte[] damaged = damage(whole, random);
      long start = System.nanoTime();
      if (!readsOrRefuses(name, i, damaged)) {
        refused++;
      }
      assertThat((System.nanoTime() - start) / 1_000_000)
          .as("seed %d, case %d of %s", SEED, i, name)
          .isLessThan(SLOW_MILLIS);
    }
    // If nothing is refused any more, nothing is checked any more; and the other way round.
    assertThat(refused).isBetween(CASES / OBJECTS / 10, CASES / OBJECTS);
  }

  @ParameterizedTest
  @ValueSource(strings = {"kinds", "connect4"})
  void refusesEveryTruncation(String name) {
    byte[] whole = TestObjects.bytes(name);
    for (int length = 0; length < whole.length - 1; length += length < 64 ? 1 : 37) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> CollectionSpec.parse(cut))
          .as("cut to %d bytes", length)
          .isInstanceOf(SpecException.class);
    }
  }

  @Test
  void saysWhatAForeignFileIs() {
    assertThatThrownBy(() -> CollectionSpec.parse("#!/bin/sh\n".getBytes(UTF_8)))
        .hasMessage("reading the object file of 10 bytes: it does not begin as an ELF file");
    byte[] otherMachine = TestObjects.bytes("connect4");
    otherMachine[18] = 62; // x86-64
    otherMachine[19] = 0;
    assertThatThrownBy(() -> CollectionSpec.parse(otherMachine))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("for machine 62")
        .hasMessageContaining("is it a program for another processor?");
    byte[] bigEndian = TestObjects.bytes("connect4");
    bigEndian[5] = 2;
    assertThatThrownBy(() -> CollectionSpec.parse(bigEndian))
        .hasMessageContaining("byte order 2, expected 64 bits (2) and little-endian (1)");
  }

  private static boolean readsOrRefuses(String name, int number, byte[] damaged) {
    try {
      CollectionSpec spec = CollectionSpec.parse(damaged);
      // What was read has to be usable as well.
      spec.typesForKernel();
      for (ProgramSpec program : spec.programs().values()) {
        program.instructions();
        program.source(program.instructions().count() / 2);
        relocate(spec, program);
      }
      return true;
    } catch (SpecException e) {
      assertThat(e.getMessage()).isNotBlank();
      return false;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("seed " + SEED + ", case " + number + " of " + name, e);
    }
  }

  private static void relocate(CollectionSpec spec, ProgramSpec program) throws SpecException {
    try {
      new CoreRelocator(spec.types(), spec.types()).apply(program, program.instructions());
    } catch (KernelMismatchException e) {
      assertThat(e).hasMessageContaining("this kernel has no");
    }
  }

  private static byte[] damage(byte[] whole, Random random) {
    byte[] bytes = whole.clone();
    switch (random.nextInt(6)) {
      case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
      case 1 -> bytes = Arrays.copyOf(bytes, bytes.length + 1 + random.nextInt(4096));
      case 2 -> overwrite(bytes, random, 1 + random.nextInt(64));
      case 3 -> extremes(bytes, random);
      default -> flip(bytes, random, 1 + random.nextInt(8));
    }
    return bytes;
  }

  private static void flip(byte[] bytes, Random random, int bits) {
    for (int i = 0; i < bits; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
  }

  private static void overwrite(byte[] bytes, Random random, int count) {
    int from = random.nextInt(bytes.length);
    for (int i = from; i < Math.min(bytes.length, from + count); i++) {
      bytes[i] = (byte) random.nextInt(256);
    }
  }

  /** Sizes, counts and offsets that overflow. */
  private static void extremes(byte[] bytes, Random random) {
    byte[][] patterns = {
      {-1, -1, -1, -1}, {-1, -1, -1, 0x7f}, {0, 0, 0, -128}, {-1, -1, 0, 0}, {0, 0, 0, 0}
    };
    for (int i = 0; i < 1 + random.nextInt(3); i++) {
      byte[] pattern = patterns[random.nextInt(patterns.length)];
      int at = random.nextInt(bytes.length / 4 - 1) * 4;
      System.arraycopy(pattern, 0, bytes, at, pattern.length);
    }
  }
}
