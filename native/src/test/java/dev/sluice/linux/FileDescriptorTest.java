// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class FileDescriptorTest {
  @Test
  void closesOnceEvenIfTheNumberIsSomebodyElsesByNow() throws Exception {
    FileDescriptor first = open();
    int number = first.number();
    first.close();
    try (FileDescriptor second = openWithNumber(number)) {
      first.close();
      assertThat(Sockets.pendingError(number)).isZero();
      assertThat(second.isOpen()).isTrue();
    }
    assertThat(first.isOpen()).isFalse();
  }

  @Test
  void refusesToBeUsedAfterClose() throws Exception {
    FileDescriptor descriptor = open();
    int number = descriptor.number();
    descriptor.close();
    assertThatThrownBy(descriptor::number)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("using descriptor " + number + ": it is closed");
    assertThat(descriptor).hasToString("descriptor " + number + " (closed)");
  }

  @Test
  void refusesAnErrorAsDescriptor() {
    assertThatThrownBy(() -> FileDescriptor.owning(-24))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("-24");
  }

  @Test
  void saysThatTheKernelDoesNotKnowIt() {
    FileDescriptor nobody = FileDescriptor.owning(1_000_000_000);
    assertThatThrownBy(nobody::close).hasMessage("close on descriptor 1000000000: EBADF (9)");
    assertThat(nobody.isOpen()).isFalse();
  }

  @Test
  void reportsToTheTracerThatWasThereWhenItOpened() throws Exception {
    Recorder recorder = new Recorder();
    DescriptorTracer before = FileDescriptor.traceWith(recorder);
    FileDescriptor traced;
    try {
      traced = open();
    } finally {
      assertThat(FileDescriptor.traceWith(before)).isSameAs(recorder);
    }
    assertThat(recorder.open).containsExactly(traced);
    try (FileDescriptor untraced = open()) {
      assertThat(recorder.open).doesNotContain(untraced);
    }
    traced.close();
    traced.close();
    assertThat(recorder.open).isEmpty();
    assertThat(recorder.closes).containsExactly(traced);
  }

  private static FileDescriptor open() throws SyscallException {
    return FileDescriptor.owning(Sockets.openStream(AddressFamily.INET));
  }

  /** The kernel hands out the lowest free number; other threads of the JVM may be faster. */
  private static FileDescriptor openWithNumber(int wanted) throws SyscallException {
    FileDescriptor got = open();
    if (got.number() != wanted) {
      got.close();
      throw new AssertionError("wanted descriptor " + wanted + " again, got " + got);
    }
    return got;
  }

  private static final class Recorder implements DescriptorTracer {
    private final List<FileDescriptor> open = new CopyOnWriteArrayList<>();
    private final List<FileDescriptor> closes = new CopyOnWriteArrayList<>();

    @Override
    public void opened(FileDescriptor descriptor) {
      open.add(descriptor);
    }

    @Override
    public void closed(FileDescriptor descriptor) {
      open.remove(descriptor);
      closes.add(descriptor);
    }
  }
}
