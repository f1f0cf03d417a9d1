// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.sluice.linux.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The {@code union bpf_attr} of one <a
 * href="https://man7.org/linux/man-pages/man2/bpf.2.html">bpf(2)</a> call, with all memory that it
 * points at. It begins zeroed and has exactly the bytes that the command's struct needs: the kernel
 * refuses a byte that it doesn't know and that isn't zero. Offsets are those of {@code
 * linux/bpf.h}. Platform-thread or virtual-thread confined; closing it frees the memory.
 */
public final class BpfAttr implements AutoCloseable {
  /** {@code BPF_OBJ_NAME_LEN}: names of programs and maps, with the final zero. */
  public static final int NAME_BYTES = 16;

  private static final CFunction SYSCALL = CFunction.named("syscall");

  private static volatile @Nullable BpfCallGate gate;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment union;

  private BpfAttr(int bytes) {
    union = arena.allocate(bytes, 8);
  }

  /**
   * Installs the gate that later calls pass, or null for none; for tests.
   *
   * @return the gate before
   */
  public static @Nullable BpfCallGate gateWith(@Nullable BpfCallGate next) {
    BpfCallGate before = gate;
    gate = next;
    return before;
  }

  /** A zeroed attribute of {@code bytes} bytes. */
  public static BpfAttr of(int bytes) {
    return new BpfAttr(bytes);
  }

  /** Writes a 32-bit field. */
  public BpfAttr u32(int offset, int value) {
    union.set(JAVA_INT, offset, value);
    return this;
  }

  /** Writes a 64-bit field. */
  public BpfAttr u64(int offset, long value) {
    union.set(JAVA_LONG, offset, value);
    return this;
  }

  /** Writes a pointer to a copy of {@code content}; a null pointer if it is empty. */
  public BpfAttr bytes(int offset, byte[] content) {
    if (content.length > 0) {
      MemorySegment copy = arena.allocate(content.length, 8);
      MemorySegment.copy(content, 0, copy, ValueLayout.JAVA_BYTE, 0, content.length);
      union.set(JAVA_LONG, offset, copy.address());
    }
    return this;
  }

  /** Writes a pointer to a zero-terminated copy of {@code text}. */
  public BpfAttr text(int offset, String text) {
    union.set(JAVA_LONG, offset, arena.allocateFrom(text).address());
    return this;
  }

  /** Writes an inline name, cut to the 15 characters that the kernel keeps. */
  public BpfAttr name(int offset, String name) {
    byte[] ascii = name.getBytes(StandardCharsets.US_ASCII);
    MemorySegment.copy(
        ascii, 0, union, ValueLayout.JAVA_BYTE, offset, Math.min(ascii.length, NAME_BYTES - 1));
    return this;
  }

  /** Writes a pointer to {@code bytes} zeroed bytes that the kernel fills. */
  public Output output(int offset, int bytes) {
    Output output = new Output(arena.allocate(Math.max(bytes, 1), 8));
    union.set(JAVA_LONG, offset, output.memory.address());
    return output;
  }

  /** Reads a 32-bit field that the kernel may have written. */
  public int u32(int offset) {
    return union.get(JAVA_INT, offset);
  }

  /** Reads a 64-bit field that the kernel may have written. */
  public long u64(int offset) {
    return union.get(JAVA_LONG, offset);
  }

  /** Makes the call; 0 or more, or {@code -errno}. Retried after a signal, never on EAGAIN. */
  public int call(BpfCommand command) {
    BpfCallGate installed = gate;
    int refused = installed == null ? 0 : installed.before(command);
    return refused < 0 ? refused : ask(command);
  }

  private int ask(BpfCommand command) {
    Scratch scratch = Scratch.current();
    long number = SystemCall.BPF.number();
    int result;
    do {
      result = SYSCALL.call(scratch, number, command.number(), union.address(), union.byteSize());
    } while (Errno.EINTR.returnedBy(result));
    return result;
  }

  /** Frees the attribute and all that it points at. */
  @Override
  public void close() {
    arena.close();
  }

  /** Memory that the kernel fills; valid until its attribute is closed. */
  public static final class Output {
    private final MemorySegment memory;

    private Output(MemorySegment memory) {
      this.memory = memory;
    }

    /** Puts {@code content} where the kernel reads it before it writes. */
    public void set(byte[] content) {
      MemorySegment.copy(content, 0, memory, ValueLayout.JAVA_BYTE, 0, content.length);
    }

    /** A copy of the first {@code length} bytes. */
    public byte[] bytes(int length) {
      return memory.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
    }

    /** Where it begins, for a pointer inside another struct that the kernel reads. */
    public long address() {
      return memory.address();
    }
  }
}
