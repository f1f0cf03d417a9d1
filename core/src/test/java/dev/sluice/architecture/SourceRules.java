// SPDX-License-Identifier: Apache-2.0
package dev.sluice.architecture;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Rules about source files that compiled classes can't show. */
final class SourceRules {
  /** A type of more lines is two types. */
  static final int MAX_LINES = 400;

  private static final String SPDX = "SPDX-License-Identifier: Apache-2.0";

  /** Programs for the kernel: its verifier gives some helpers to GPL programs only. */
  private static final String SPDX_OF_KERNEL_PROGRAMS =
      "SPDX-License-Identifier: BSD-2-Clause OR GPL-2.0-only";

  private static final Set<String> KERNEL_CODE = Set.of("c", "h");
  private static final Set<String> CODE = Set.of("java", "c", "h", "sh", "py");
  private static final Set<String> SCRIPT_FOLDERS = Set.of("scripts", ".ci");
  private static final Set<String> VAGUE =
      Set.of("util", "utils", "common", "manager", "helper", "helpers", "impl", "internal");

  /** Classes that break the rules on purpose. */
  private static final Path FIXTURES =
      Path.of("core", "src", "test", "java", "dev", "sluice", "architecture", "fixture");

  private static final Path CORE = Path.of("core", "src", "main", "java");
  private static final Pattern REFERENCE =
      Pattern.compile("\\b(dev\\.sluice(?:\\.[a-z][a-z0-9]*)+)\\.[A-Z]");

  private final SourceTree tree;
  private final List<String> problems = new ArrayList<>();

  private SourceRules(SourceTree tree) {
    this.tree = tree;
  }

  /** One line a problem; empty if all rules are kept. */
  static List<String> problemsOf(SourceTree tree) throws IOException {
    return new SourceRules(tree).check();
  }

  private List<String> check() throws IOException {
    Set<Path> javaFolders = new TreeSet<>();
    for (Path file : tree.files()) {
      List<String> lines = mayBeCode(file) ? tree.lines(file) : List.of();
      if (isCode(file, lines)) {
        checkLength(file, lines);
        checkLicence(file, lines);
        checkReferences(file, lines);
      }
      if (extension(file).equals("java") && !file.endsWith("module-info.java")) {
        javaFolders.add(file.getParent());
      }
    }
    for (Path folder : javaFolders) {
      checkPackage(folder);
    }
    return problems.stream().distinct().toList();
  }

  /** Whether it is worth a look inside: images and the like are no UTF-8. */
  private static boolean mayBeCode(Path file) {
    boolean script =
        SCRIPT_FOLDERS.contains(file.getName(0).toString()) && extension(file).isEmpty();
    return script || CODE.contains(extension(file));
  }

  private static boolean isCode(Path file, List<String> lines) {
    boolean script = extension(file).isEmpty() && startsWithInterpreter(lines);
    return script || CODE.contains(extension(file));
  }

  private static boolean startsWithInterpreter(List<String> lines) {
    return !lines.isEmpty() && lines.getFirst().startsWith("#!");
  }

  private void checkLength(Path file, List<String> lines) {
    if (lines.size() > MAX_LINES) {
      problems.add(file + " has " + lines.size() + " lines; expected at most " + MAX_LINES);
    }
  }

  /** The first line, or the second after the name of an interpreter. */
  private void checkLicence(Path file, List<String> lines) {
    int line = startsWithInterpreter(lines) ? 1 : 0;
    String expected = KERNEL_CODE.contains(extension(file)) ? SPDX_OF_KERNEL_PROGRAMS : SPDX;
    if (lines.size() <= line || !lines.get(line).contains(expected)) {
      problems.add(file + " has no line \"" + expected + "\" at its top");
    }
  }

  /** Links in comments have a direction too, though no class file shows it. */
  private void checkReferences(Path file, List<String> lines) {
    if (!file.startsWith(CORE) || file.getNameCount() <= CORE.getNameCount() + 2) {
      return;
    }
    String own = CORE.relativize(file.getParent()).toString().replace('/', '.');
    Optional<String> origin = LayerTable.entryOf("dev.sluice", own);
    for (int i = 0; i < lines.size() && origin.isPresent(); i++) {
      Matcher reference = REFERENCE.matcher(lines.get(i));
      while (reference.find()) {
        Optional<String> target = LayerTable.entryOf("dev.sluice", reference.group(1));
        if (target.isPresent() && !LayerTable.allows(origin.get(), target.get())) {
          problems.add(
              file + ":" + (i + 1) + " names " + reference.group(1) + ", not a lower layer");
        }
      }
    }
  }

  private void checkPackage(Path folder) throws IOException {
    if (!folder.startsWith(FIXTURES)) {
      for (Path name : folder) {
        if (VAGUE.contains(name.toString())) {
          problems.add(folder + " is called " + name + ", which could hold anything");
        }
      }
    }
    Optional<Path> info = packageInfoOf(folder);
    if (info.isEmpty()) {
      problems.add(folder + " has no package-info.java");
    } else if (!tree.lines(info.get()).contains("@NullMarked")) {
      problems.add(info.get() + " is not @NullMarked");
    }
  }

  /** Tests share the package-info of what they test, as the compiler sees it. */
  private Optional<Path> packageInfoOf(Path folder) {
    Path tested = Path.of(folder.toString().replace("/src/test/java/", "/src/main/java/"));
    return Stream.of(folder, tested)
        .map(candidate -> candidate.resolve("package-info.java"))
        .filter(tree.files()::contains)
        .findFirst();
  }

  private static String extension(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.lastIndexOf('.');
    return dot <= 0 ? "" : name.substring(dot + 1);
  }
}
