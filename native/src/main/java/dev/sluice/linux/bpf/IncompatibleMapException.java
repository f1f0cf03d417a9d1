// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import java.io.IOException;
import java.util.List;

/**
 * A map that is there can't be used by an object that wants another one: pinned by another version
 * perhaps. The message names each difference. Immutable.
 */
public final class IncompatibleMapException extends IOException {
  private static final long serialVersionUID = 1L;

  private final transient List<String> differences;

  IncompatibleMapException(String what, List<String> differences) {
    super(what + ": " + String.join("; ", differences));
    this.differences = List.copyOf(differences);
  }

  /** Such as {@code max_entries: 10 pinned, 20 wanted}. */
  public List<String> differences() {
    return differences;
  }
}
