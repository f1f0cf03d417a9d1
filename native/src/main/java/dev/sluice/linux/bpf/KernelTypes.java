// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.bpf.spec.Btf;
import dev.sluice.linux.bpf.spec.KernelMismatchException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The running kernel's types, read when the first program needs them: some 5 MiB. Belongs to one
 * load and its thread.
 */
final class KernelTypes {
  static final Path OF_THIS_KERNEL = Path.of("/sys/kernel/btf/vmlinux");

  private final Path file;
  private @Nullable Btf types;

  KernelTypes(Path file) {
    this.file = file;
  }

  /**
   * The types.
   *
   * @param wantedBy what needs them, for the message
   * @throws KernelMismatchException if the kernel was built without ({@code CONFIG_DEBUG_INFO_BTF})
   */
  Btf require(String wantedBy) throws IOException {
    Btf known = types;
    if (known == null) {
      try {
        known = Btf.parse(Files.readAllBytes(file));
      } catch (NoSuchFileException e) {
        KernelMismatchException mismatch =
            new KernelMismatchException(
                "loading "
                    + wantedBy
                    + ": this kernel has no type information ("
                    + file
                    + " is missing, CONFIG_DEBUG_INFO_BTF is off); the program can't be used on"
                    + " this kernel");
        mismatch.initCause(e);
        throw mismatch;
      }
      types = known;
    }
    return known;
  }
}
