// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.Errno;
import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.MapShape;
import dev.sluice.linux.ffi.BpfAttr;
import dev.sluice.linux.ffi.BpfCommand;
import dev.sluice.linux.ffi.BpfOffsets.Element;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A map in the kernel, by a descriptor that this object owns. Keys and values are bytes as the
 * programs see them; {@link TypedMap} turns them into objects and {@link MapBatch} moves many at
 * once. The map itself lives on as long as a program, a pin or another descriptor refers to it.
 * Thread-safe. See <a href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a>.
 */
public final class BpfMap implements AutoCloseable {

  private final FileDescriptor descriptor;
  private final String name;
  private final MapShape shape;

  /** Whether an update may or has to find an entry. */
  public enum Update {
    /** Either way. */
    ANY(0),
    /** Only a new one; EEXIST otherwise. */
    NEW(1),
    /** Only one that is there; ENOENT otherwise. */
    EXISTING(2);

    private final long flag;

    Update(long flag) {
      this.flag = flag;
    }

    long flag() {
      return flag;
    }
  }

  BpfMap(FileDescriptor descriptor, String name, MapShape shape) {
    this.descriptor = descriptor;
    this.name = name;
    this.shape = shape;
  }

  /**
   * Makes a map without type information, which socket storage would need.
   *
   * @param name 15 characters of it are kept: letters, digits, dots and underscores
   * @throws SyscallException from {@code BPF_MAP_CREATE}
   */
  public static BpfMap create(String name, MapShape shape) throws SyscallException {
    return MapCreation.create(name, shape, null, 0, 0);
  }

  /**
   * Opens a pinned map.
   *
   * @throws SyscallException ENOENT if there is no such pin; EINVAL if it is no map
   */
  public static BpfMap openPinned(Path pin) throws SyscallException {
    return open(Pins.get(pin, ObjectIds.Kind.MAP));
  }

  /**
   * Opens a map by its id; needs CAP_SYS_ADMIN.
   *
   * @throws SyscallException ENOENT if there is none any more
   */
  public static BpfMap openById(int id) throws SyscallException {
    return open(ObjectIds.Kind.MAP.open(id));
  }

  /**
   * Takes over a descriptor that another process handed to this one; needs no capability (Linux
   * 5.19, where {@code kernel.unprivileged_bpf_disabled} is on).
   *
   * @throws SyscallException EBADF or EINVAL if it is no map; it is closed then
   */
  public static BpfMap owning(FileDescriptor descriptor) throws SyscallException {
    return open(descriptor);
  }

  private static BpfMap open(FileDescriptor descriptor) throws SyscallException {
    try {
      MapInfo info = MapInfo.of(descriptor.number());
      return new BpfMap(descriptor, info.name(), info.shape());
    } catch (SyscallException | RuntimeException e) {
      descriptor.close();
      throw e;
    }
  }

  /** Its name; of an opened one what the kernel kept of it. */
  public String name() {
    return name;
  }

  /** What it can hold. */
  public MapShape shape() {
    return shape;
  }

  /** The descriptor, for calls and for handing it to another process; it stays this object's. */
  public FileDescriptor descriptor() {
    return descriptor;
  }

  /** What the kernel says about it. */
  public MapInfo info() throws SyscallException {
    return MapInfo.of(descriptor.number());
  }

  /** The value of a key, or null if there is none. */
  public byte @Nullable [] lookup(byte[] key) throws SyscallException {
    return read(BpfCommand.BPF_MAP_LOOKUP_ELEM, key);
  }

  /** The same, and removes the entry; hashes since Linux 5.14. */
  public byte @Nullable [] remove(byte[] key) throws SyscallException {
    return read(BpfCommand.BPF_MAP_LOOKUP_AND_DELETE_ELEM, key);
  }

  /**
   * Puts an entry.
   *
   * @throws SyscallException E2BIG if the map is full; EPERM if it is frozen
   */
  public void update(byte[] key, byte[] value, Update mode) throws SyscallException {
    checkSize("value", value, shape.valueBytes());
    try (BpfAttr attr = element(key)) {
      attr.bytes(Element.VALUE, value).u64(Element.FLAGS, mode.flag());
      int result = attr.call(BpfCommand.BPF_MAP_UPDATE_ELEM);
      if (Errno.E2BIG.returnedBy(result)) {
        throw new SyscallException(
            "bpf(BPF_MAP_UPDATE_ELEM)",
            -result,
            "in " + this,
            "the map is full: it has room for " + shape.maxEntries());
      }
      if (result < 0) {
        throw BpfCall.failure(BpfCommand.BPF_MAP_UPDATE_ELEM, -result, "in " + this);
      }
    }
  }

  /** Puts an entry, whether it is there or not. */
  public void put(byte[] key, byte[] value) throws SyscallException {
    update(key, value, Update.ANY);
  }

  /** Removes an entry; false if there is none. */
  public boolean delete(byte[] key) throws SyscallException {
    try (BpfAttr attr = element(key)) {
      int result = attr.call(BpfCommand.BPF_MAP_DELETE_ELEM);
      if (result < 0 && !Errno.ENOENT.returnedBy(result)) {
        throw BpfCall.failure(BpfCommand.BPF_MAP_DELETE_ELEM, -result, "in " + this);
      }
      return result >= 0;
    }
  }

  /**
   * The key after {@code key} in the kernel's order, the first one for null; null at the end. If
   * {@code key} has been deleted meanwhile, a hash begins again.
   */
  public byte @Nullable [] nextKey(byte @Nullable [] key) throws SyscallException {
    try (BpfAttr attr = BpfAttr.of(Element.BYTES).u32(Element.MAP_FD, descriptor.number())) {
      if (key != null) {
        checkSize("key", key, shape.keyBytes());
        attr.bytes(Element.KEY, key);
      }
      BpfAttr.Output next = attr.output(Element.NEXT_KEY, shape.keyBytes());
      int result = attr.call(BpfCommand.BPF_MAP_GET_NEXT_KEY);
      if (Errno.ENOENT.returnedBy(result)) {
        return null;
      }
      if (result < 0) {
        throw BpfCall.failure(BpfCommand.BPF_MAP_GET_NEXT_KEY, -result, "in " + this);
      }
      return next.bytes(shape.keyBytes());
    }
  }

  /** Lets nobody but programs write it any more; for ever. Since Linux 5.2. */
  public void freeze() throws SyscallException {
    try (BpfAttr attr = BpfAttr.of(Element.BYTES).u32(Element.MAP_FD, descriptor.number())) {
      BpfCall.check(attr, BpfCommand.BPF_MAP_FREEZE, "of " + this);
    }
  }

  /**
   * Gives it a name in the eBPF file system, which keeps it alive.
   *
   * @throws SyscallException EEXIST if the name is taken
   */
  public void pin(Path path) throws SyscallException {
    Pins.pin(descriptor, path, toString());
  }

  /** Lets go of it; idempotent. */
  @Override
  public void close() throws SyscallException {
    descriptor.close();
  }

  @Override
  public String toString() {
    return "map " + name;
  }

  void checkSize(String what, byte[] bytes, int expected) {
    if (bytes.length != expected) {
      throw new IllegalArgumentException(
          "using a %s of %d bytes in %s: expected %d"
              .formatted(what, bytes.length, this, expected));
    }
  }

  private byte @Nullable [] read(BpfCommand command, byte[] key) throws SyscallException {
    try (BpfAttr attr = element(key)) {
      BpfAttr.Output value = attr.output(Element.VALUE, shape.valueBytes());
      int result = attr.call(command);
      if (Errno.ENOENT.returnedBy(result)) {
        return null;
      }
      if (result < 0) {
        throw BpfCall.failure(command, -result, "in " + this);
      }
      return value.bytes(shape.valueBytes());
    }
  }

  private BpfAttr element(byte[] key) {
    checkSize("key", key, shape.keyBytes());
    return BpfAttr.of(Element.BYTES)
        .u32(Element.MAP_FD, descriptor.number())
        .bytes(Element.KEY, key);
  }
}
