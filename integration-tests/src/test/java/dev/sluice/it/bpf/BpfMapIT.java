// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.TypedMap;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.bpf.spec.MapType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class BpfMapIT {
  private static final int MANY = 50_000;
  private static final int BPF_F_NO_PREALLOC = 1;

  @ParameterizedTest
  @EnumSource(names = {"HASH", "LRU_HASH"})
  void putsAndFindsAndDeletes(MapType type) throws Exception {
    try (BpfMap map = BpfMap.create("numbers", MapShape.of(type, 4, 8, 16, 0))) {
      TypedMap<Integer, Long> numbers = TypedMap.of(map, BpfCodec.u32(), BpfCodec.u64());
      assertThat(numbers.get(1)).isEmpty();
      numbers.put(1, 11L);
      numbers.put(1, 12L);
      assertThat(numbers.get(1)).contains(12L);
      assertThatThrownBy(() -> numbers.update(1, 13L, BpfMap.Update.NEW))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.EEXIST)).isTrue());
      assertThatThrownBy(() -> numbers.update(2, 13L, BpfMap.Update.EXISTING))
          .isInstanceOfSatisfying(
              SyscallException.class, e -> assertThat(e.is(Errno.ENOENT)).isTrue());
      assertThat(numbers.delete(1)).isTrue();
      assertThat(numbers.delete(1)).isFalse();
      assertThat(map.nextKey(null)).isNull();
    }
  }

  @Test
  void saysThatAMapIsFull() throws Exception {
    try (BpfMap map = BpfMap.create("small", MapShape.of(MapType.HASH, 4, 8, 1, 0))) {
      TypedMap<Integer, Long> numbers = TypedMap.of(map, BpfCodec.u32(), BpfCodec.u64());
      numbers.put(1, 1L);
      assertThatThrownBy(() -> numbers.put(2, 2L))
          .hasMessageContaining("in map small: E2BIG (7): the map is full: it has room for 1");
      assertThatThrownBy(() -> numbers.putAll(Map.of(3, 3L)))
          .hasMessageContaining("after 0 entries")
          .hasMessageContaining("it has room for 1");
      numbers.put(1, 3L);
      assertThat(numbers.get(1)).contains(3L);
    }
  }

  @Test
  void walksKeysInTheKernelsOrder() throws Exception {
    try (BpfMap map = BpfMap.create("walked", MapShape.of(MapType.HASH, 4, 8, 64, 0))) {
      for (int i = 0; i < 50; i++) {
        map.put(BpfCodec.u32().encode(i), new byte[8]);
      }
      List<Integer> seen = new ArrayList<>();
      byte[] key = map.nextKey(null);
      while (key != null) {
        seen.add(BpfCodec.u32().decode(key));
        key = map.nextKey(key);
      }
      assertThat(seen).hasSize(50).doesNotHaveDuplicates();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"HASH", "ARRAY"})
  void movesManyEntriesAtOnce(MapType type) throws Exception {
    try (BpfMap map = BpfMap.create("many", MapShape.of(type, 4, 8, MANY, 0))) {
      TypedMap<Integer, Long> numbers = TypedMap.of(map, BpfCodec.u32(), BpfCodec.u64());
      Map<Integer, Long> expected = new HashMap<>();
      for (int i = 0; i < MANY; i++) {
        expected.put(i, (long) i * i);
      }
      numbers.putAll(expected);
      assertThat(numbers.readAll()).isEqualTo(expected);
    }
  }

  @Test
  void deletesManyEntriesAndSkipsThoseThatAreNotThere() throws Exception {
    try (BpfMap map = BpfMap.create("many", MapShape.of(MapType.HASH, 4, 8, 100, 0))) {
      TypedMap<Integer, Long> numbers = TypedMap.of(map, BpfCodec.u32(), BpfCodec.u64());
      numbers.putAll(Map.of(1, 1L, 2, 2L, 3, 3L, 4, 4L));
      assertThat(numbers.deleteAll(List.of(9, 1, 8, 3, 7))).isEqualTo(2);
      assertThat(numbers.readAll()).isEqualTo(Map.of(2, 2L, 4, 4L));
      assertThat(numbers.deleteAll(List.of())).isZero();
    }
  }

  @Test
  void findsTheLongestPrefix() throws Exception {
    MapShape shape = MapShape.of(MapType.LPM_TRIE, 8, 4, 16, BPF_F_NO_PREALLOC);
    try (BpfMap map = BpfMap.create("prefixes", shape)) {
      map.put(new byte[] {8, 0, 0, 0, 10, 0, 0, 0}, new byte[] {8, 0, 0, 0});
      map.put(new byte[] {16, 0, 0, 0, 10, 1, 0, 0}, new byte[] {16, 0, 0, 0});
      assertThat(map.lookup(new byte[] {32, 0, 0, 0, 10, 1, 2, 3}))
          .isEqualTo(new byte[] {16, 0, 0, 0});
      assertThat(map.lookup(new byte[] {32, 0, 0, 0, 10, 2, 2, 3}))
          .isEqualTo(new byte[] {8, 0, 0, 0});
      assertThat(map.lookup(new byte[] {32, 0, 0, 0, 11, 2, 2, 3})).isNull();
    }
  }

  @Test
  void removesAndReturnsAtOnce() throws Exception {
    try (BpfMap map = BpfMap.create("queue", MapShape.of(MapType.HASH, 4, 4, 4, 0))) {
      map.put(new byte[4], new byte[] {1, 2, 3, 4});
      assertThat(map.remove(new byte[4])).isEqualTo(new byte[] {1, 2, 3, 4});
      assertThat(map.remove(new byte[4])).isNull();
    }
  }

  @Test
  void refusesKeysOfAnotherSize() throws Exception {
    try (BpfMap map = BpfMap.create("typed", MapShape.of(MapType.HASH, 4, 4, 4, 0))) {
      assertThatThrownBy(() -> map.lookup(new byte[5]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("using a key of 5 bytes in map typed: expected 4");
      assertThatThrownBy(() -> TypedMap.of(map, BpfCodec.u32(), BpfCodec.u64()))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void saysWhichMapCouldNotBeMade() {
    assertThatThrownBy(
            () -> BpfMap.create("storage", MapShape.of(MapType.SK_STORAGE, 4, 4, 0, 1)).close())
        .isInstanceOf(SyscallException.class)
        .hasMessageContaining("of map storage")
        .hasMessageContaining("needs typed keys");
  }

  @Test
  void opensTheSameMapById() throws Exception {
    try (BpfMap map = BpfMap.create("one", MapShape.of(MapType.HASH, 4, 4, 4, 0));
        BpfMap same = BpfMap.openById(map.info().id())) {
      map.put(new byte[4], new byte[] {1, 2, 3, 4});
      assertThat(same.lookup(new byte[4])).isEqualTo(new byte[] {1, 2, 3, 4});
      assertThat(same.shape()).isEqualTo(map.shape());
    }
  }
}
