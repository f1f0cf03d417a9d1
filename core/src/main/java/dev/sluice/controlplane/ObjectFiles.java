// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The files that a folder stands for. A mounted ConfigMap is such a folder: its files are links
 * into a hidden folder, which is replaced as a whole when it changes.
 */
final class ObjectFiles {
  private static final List<String> ENDINGS = List.of(".yaml", ".yml", ".json");

  /** Far deeper than anybody sorts objects; bounds the recursion. */
  private static final int MAX_DEPTH = 32;

  private final ProblemList problems;
  private final List<Path> files = new ArrayList<>();

  private ObjectFiles(ProblemList problems) {
    this.problems = problems;
  }

  /**
   * The path itself unless it is a folder, or else the files below it, sorted by name folder by
   * folder. A folder without any is reported, and so is what can't be looked into.
   */
  static List<Path> at(Path path, ProblemList problems) {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    int before = problems.count();
    ObjectFiles found = new ObjectFiles(problems);
    found.search(path, MAX_DEPTH);
    if (found.files.isEmpty() && problems.count() == before) {
      found.report(
          path, "the folder has no file to read; expected one that ends in .yaml, .yml or .json");
    }
    return found.files;
  }

  private void search(Path folder, int depth) {
    if (depth == 0) {
      report(folder, "nested too deeply; expected at most " + MAX_DEPTH + " folders");
      return;
    }
    for (Path child : childrenOf(folder)) {
      if (Files.isDirectory(child, LinkOption.NOFOLLOW_LINKS)) {
        search(child, depth - 1);
      } else if (Files.isDirectory(child)) {
        report(child, "a link to a folder is not followed; expected a folder, or links to files");
      } else if (isNamedLikeObjects(child)) {
        add(child);
      }
    }
  }

  private List<Path> childrenOf(Path folder) {
    List<Path> children = new ArrayList<>();
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, ObjectFiles::isShown)) {
      entries.forEach(children::add);
    } catch (AccessDeniedException e) {
      report(folder, "reading the folder: permission denied");
    } catch (IOException | DirectoryIteratorException e) {
      report(folder, "reading the folder: " + e.getMessage());
    }
    children.sort(null);
    return children;
  }

  /** Opening a pipe would wait for whoever writes into it. A link to nothing is read, and told. */
  private void add(Path file) {
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      report(file, "this is no regular file; expected one in a folder");
    } else {
      files.add(file);
    }
  }

  private void report(Path path, String message) {
    problems.add(FileText.whole(path.toString(), message));
  }

  private static boolean isShown(Path path) {
    return !path.getFileName().toString().startsWith(".");
  }

  private static boolean isNamedLikeObjects(Path path) {
    return ENDINGS.stream().anyMatch(path.getFileName().toString()::endsWith);
  }
}
