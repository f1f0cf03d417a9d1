// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A map of objects. Borrows the {@link BpfMap}. Thread-safe.
 *
 * @param <K> keys
 * @param <V> values
 */
public final class TypedMap<K, V> {
  private final BpfMap map;
  private final BpfCodec<K> keys;
  private final BpfCodec<V> values;

  private TypedMap(BpfMap map, BpfCodec<K> keys, BpfCodec<V> values) {
    this.map = map;
    this.keys = keys;
    this.values = values;
  }

  /**
   * Objects in that map.
   *
   * @throws IllegalArgumentException if the codecs' sizes are not those of the map
   */
  public static <K, V> TypedMap<K, V> of(BpfMap map, BpfCodec<K> keys, BpfCodec<V> values) {
    int keyBytes = map.shape().keyBytes();
    int valueBytes = map.shape().valueBytes();
    if (keys.bytes() != keyBytes || values.bytes() != valueBytes) {
      throw new IllegalArgumentException(
          "using %s with keys of %d and values of %d bytes: it has %d and %d"
              .formatted(map, keys.bytes(), values.bytes(), keyBytes, valueBytes));
    }
    return new TypedMap<>(map, keys, values);
  }

  /** The map itself. */
  public BpfMap map() {
    return map;
  }

  /** The value of a key. */
  public Optional<V> get(K key) throws SyscallException {
    return Optional.ofNullable(map.lookup(keys.encode(key))).map(values::decode);
  }

  /** Puts an entry, whether it is there or not. */
  public void put(K key, V value) throws SyscallException {
    map.put(keys.encode(key), values.encode(value));
  }

  /** Puts an entry. */
  public void update(K key, V value, BpfMap.Update mode) throws SyscallException {
    map.update(keys.encode(key), values.encode(value), mode);
  }

  /** Removes an entry; false if there is none. */
  public boolean delete(K key) throws SyscallException {
    return map.delete(keys.encode(key));
  }

  /** All entries, by {@link MapBatch#readAll}. */
  public Map<K, V> readAll() throws SyscallException {
    Map<K, V> found = new LinkedHashMap<>();
    for (MapEntry entry : MapBatch.of(map).readAll()) {
      found.put(keys.decode(entry.key()), values.decode(entry.value()));
    }
    return found;
  }

  /** Puts all entries, by {@link MapBatch#putAll}. */
  public void putAll(Map<K, V> entries) throws SyscallException {
    List<MapEntry> encoded = new ArrayList<>(entries.size());
    entries.forEach(
        (key, value) -> encoded.add(MapEntry.of(keys.encode(key), values.encode(value))));
    MapBatch.of(map).putAll(encoded);
  }

  /** Removes all keys that are there, by {@link MapBatch#deleteAll}, and returns how many were. */
  public int deleteAll(Collection<K> gone) throws SyscallException {
    return MapBatch.of(map).deleteAll(gone.stream().map(keys::encode).toList());
  }
}
