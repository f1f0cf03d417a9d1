// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux;

/**
 * Told about every {@link FileDescriptor} that is opened and closed; tests install one to find
 * leaks with the stack that opened them. Production has none. Called on the opening and the closing
 * thread; must be thread-safe and must not throw.
 */
public interface DescriptorTracer {
  /** {@code descriptor} now has an owner; the caller's stack is the creation's. */
  void opened(FileDescriptor descriptor);

  /** The owner has closed {@code descriptor}. */
  void closed(FileDescriptor descriptor);
}
