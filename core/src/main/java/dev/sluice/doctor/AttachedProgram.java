// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.socketlb.ProgramOwner;

/**
 * A program on a hook. Immutable.
 *
 * @param id unique while it lives
 * @param name what the kernel kept of it, at most 15 characters
 * @param link the link that attaches it; 0 if it was attached without one
 */
public record AttachedProgram(int id, String name, int link) {
  /** Whose it is, going by its name; {@code unknown} otherwise. */
  public String owner() {
    return ProgramOwner.of(name);
  }

  boolean isOurs() {
    return owner().equals("Sluice");
  }

  /** {@code cil_sock4_connec (id 7, Cilium)}. */
  @Override
  public String toString() {
    return name + " (id " + id + ", " + owner() + ")";
  }
}
