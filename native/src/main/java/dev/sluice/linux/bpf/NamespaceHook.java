// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.netns.NetworkNamespace;

/**
 * The hook of a network namespace that chooses the socket for a new connection, {@link
 * AttachType#SK_LOOKUP} (Linux 5.9). Several programs may be attached; all of them run. Borrows the
 * namespace. Thread-safe.
 */
public final class NamespaceHook {
  private final NetworkNamespace namespace;

  private NamespaceHook(NetworkNamespace namespace) {
    this.namespace = namespace;
  }

  /** The hook of that namespace. */
  public static NamespaceHook of(NetworkNamespace namespace) {
    return new NamespaceHook(namespace);
  }

  /**
   * Attaches a program by a link, which does not keep the namespace alive.
   *
   * @throws SyscallException EPERM without CAP_NET_ADMIN
   */
  public BpfLink attach(BpfProgram program) throws SyscallException {
    return LinkCreation.create(
        program,
        namespace.descriptor().number(),
        AttachType.SK_LOOKUP,
        AttachOrder.unspecified(),
        "network namespace " + namespace);
  }

  /** What is attached, in the order in which it runs. */
  public AttachedPrograms attached() throws SyscallException {
    return AttachedPrograms.query(
        namespace.descriptor(), AttachType.SK_LOOKUP, 0, "network namespace " + namespace);
  }
}
