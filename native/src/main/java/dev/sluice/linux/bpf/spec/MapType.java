// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import org.jspecify.annotations.Nullable;

/**
 * The kinds of maps that are used here: {@code enum bpf_map_type} of {@code linux/bpf.h} without
 * its prefix. Immutable.
 */
public enum MapType {
  /** Since Linux 3.19. */
  HASH(1),
  /** Since Linux 3.19. */
  ARRAY(2),
  /** Since Linux 4.6. */
  PERCPU_HASH(5),
  /** Since Linux 4.6. */
  PERCPU_ARRAY(6),
  /** Since Linux 4.10. */
  LRU_HASH(9),
  /** Since Linux 4.11. */
  LPM_TRIE(11),
  /** Since Linux 4.12. */
  ARRAY_OF_MAPS(12),
  /** Since Linux 4.14. */
  SOCKMAP(15),
  /** Since Linux 4.18. */
  SOCKHASH(18),
  /** Since Linux 5.2. */
  SK_STORAGE(24),
  /** Since Linux 5.8. */
  RINGBUF(27);

  private final int number;

  MapType(int number) {
    this.number = number;
  }

  /** Its number in the kernel's interface. */
  public int number() {
    return number;
  }

  /** True if the kernel takes type information on keys and values of such a map. */
  public boolean takesTypes() {
    return switch (this) {
      case HASH, ARRAY, PERCPU_HASH, PERCPU_ARRAY, LRU_HASH, LPM_TRIE, SK_STORAGE -> true;
      case ARRAY_OF_MAPS, SOCKMAP, SOCKHASH, RINGBUF -> false;
    };
  }

  /** The one of that number, or null if it isn't known here. */
  public static @Nullable MapType of(int number) {
    for (MapType type : values()) {
      if (type.number == number) {
        return type;
      }
    }
    return null;
  }
}
