// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

/**
 * Asked before each bpf(2) call whether the kernel is to be asked at all. Tests install one by
 * {@link BpfAttr#gateWith} to see what happens when a call fails; production has none. Has to be
 * thread-safe.
 */
public interface BpfCallGate {
  /** 0 to let the call through; {@code -errno} to have it fail with that. */
  int before(BpfCommand command);
}
