// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.linux.DescriptorTracer;
import dev.sluice.linux.FileDescriptor;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The descriptors that were opened, and not closed, since this object was made. */
final class DescriptorCount implements DescriptorTracer, AutoCloseable {
  private final Set<FileDescriptor> open = ConcurrentHashMap.newKeySet();
  private final @Nullable DescriptorTracer before;

  private DescriptorCount() {
    before = FileDescriptor.traceWith(this);
  }

  static DescriptorCount begin() {
    return new DescriptorCount();
  }

  int stillOpen() {
    return open.size();
  }

  @Override
  public void opened(FileDescriptor descriptor) {
    open.add(descriptor);
  }

  @Override
  public void closed(FileDescriptor descriptor) {
    open.remove(descriptor);
  }

  @Override
  public void close() {
    FileDescriptor.traceWith(before);
  }
}
