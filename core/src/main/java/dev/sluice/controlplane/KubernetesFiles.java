// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.MeshSnapshot;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Reads Kubernetes objects from YAML files: Service (v1), Istio's AuthorizationPolicy
 * (security.istio.io/v1 and v1beta1), and {@code kind: List} of them; several documents a file.
 *
 * <p>Nothing is skipped silently. A field, kind or value that isn't known, or is known and can't be
 * honoured, is a problem with its file, line and column; so are a file without objects, and a
 * policy whose service isn't in the files or has no cluster IP, since it would hold nowhere. All
 * problems are found before any is told.
 */
public final class KubernetesFiles {
  private final ProblemList problems = new ProblemList();
  private final SnapshotAssembler assembler = new SnapshotAssembler();

  private KubernetesFiles() {}

  /**
   * Reads all files into one snapshot; the objects of one may refer to those of another. Each file
   * is UTF-8 and at most 16 MiB.
   *
   * @throws ConfigurationException if anything is wrong with any of them; it has the whole list
   */
  public static MeshSnapshot load(List<Path> files) throws ConfigurationException {
    return new KubernetesFiles().loadAll(files);
  }

  private MeshSnapshot loadAll(List<Path> files) throws ConfigurationException {
    boolean complete = true;
    for (Path file : files) {
      Optional<List<Value>> documents = YamlFile.read(file, problems);
      complete &= documents.isPresent();
      documents.ifPresent(values -> readFile(file, values));
    }
    if (complete) {
      assembler.checkReferences();
    }
    problems.throwIfAny();
    return assembler.snapshot();
  }

  private void readFile(Path file, List<Value> documents) {
    List<Value> objects = documents.stream().filter(value -> !value.isNull()).toList();
    if (objects.isEmpty()) {
      problems.add(
          FileText.whole(file.toString(), "the file has no object; expected a Service at least"));
    }
    for (Value object : objects) {
      new ObjectReader(assembler).read(object);
    }
  }
}
