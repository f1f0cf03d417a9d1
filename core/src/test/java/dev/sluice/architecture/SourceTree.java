// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The files of a checkout that people write by hand, without what a build or a version control
 * system keeps beside them.
 *
 * @param root the folder that holds the modules
 * @param files relative to {@code root}, sorted
 */
record SourceTree(Path root, List<Path> files) {
  private static final Set<String> NOT_OURS = Set.of("target", ".git", ".idea", ".vscode");

  static SourceTree of(Path root) throws IOException {
    List<Path> files = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
            return NOT_OURS.contains(String.valueOf(directory.getFileName()))
                ? FileVisitResult.SKIP_SUBTREE
                : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            if (attributes.isRegularFile()) {
              files.add(root.relativize(file));
            }
            return FileVisitResult.CONTINUE;
          }
        });
    return new SourceTree(root, files.stream().sorted().toList());
  }

  /** The checkout that this test was started in, whatever the module. */
  static SourceTree ofThisCheckout() throws IOException {
    Path folder = Path.of("").toAbsolutePath();
    while (!Files.exists(folder.resolve("native/pom.xml"))) {
      Path parent = folder.getParent();
      if (parent == null) {
        throw new IOException("no checkout above " + Path.of("").toAbsolutePath());
      }
      folder = parent;
    }
    return of(folder);
  }

  List<String> lines(Path file) throws IOException {
    return Files.readAllLines(root.resolve(file));
  }
}
