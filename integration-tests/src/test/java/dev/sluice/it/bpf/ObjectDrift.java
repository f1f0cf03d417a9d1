// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What differs between two folders of objects: the committed ones and those just built. */
final class ObjectDrift {
  private final List<String> found = new ArrayList<>();

  static List<String> between(Path committed, Path built) throws IOException {
    ObjectDrift drift = new ObjectDrift();
    TreeSet<String> names = new TreeSet<>(objects(committed));
    names.addAll(objects(built));
    for (String name : names) {
      drift.compare(name, committed.resolve(name), built.resolve(name));
    }
    return drift.found;
  }

  private static List<String> objects(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .map(file -> file.getFileName().toString())
          .filter(name -> name.endsWith(".bpf.o"))
          .toList();
    }
  }

  private void compare(String name, Path committed, Path built) throws IOException {
    if (!Files.exists(committed) || !Files.exists(built)) {
      found.add(name + ": " + (Files.exists(built) ? "not committed" : "has no source"));
      return;
    }
    byte[] here = Files.readAllBytes(committed);
    byte[] there = Files.readAllBytes(built);
    int before = found.size();
    compare(name, CollectionSpec.parse(here), CollectionSpec.parse(there));
    if (found.size() == before && !Arrays.equals(here, there)) {
      found.add(name + ": other bytes");
    }
  }

  private void compare(String name, CollectionSpec here, CollectionSpec there) {
    if (!here.programs().keySet().equals(there.programs().keySet())) {
      found.add(name + ": other programs");
    }
    here.programs()
        .forEach(
            (program, spec) -> {
              ProgramSpec other = there.programs().get(program);
              if (other != null && !instructions(spec).equals(instructions(other))) {
                found.add(name + ": other instructions of " + program);
              }
            });
    if (!here.maps().equals(there.maps())) {
      found.add(name + ": other maps");
    }
    here.data()
        .forEach(
            (section, variables) -> {
              var other = there.data().get(section);
              if (other != null && !Arrays.equals(variables.content(), other.content())) {
                found.add(name + ": other content of " + section);
              }
            });
    if (!Arrays.equals(here.typesForKernel(), there.typesForKernel())) {
      found.add(name + ": other types or source lines");
    }
  }

  private static String instructions(ProgramSpec program) {
    return Arrays.toString(program.instructions().bytes()) + program.references();
  }
}
