// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import dev.sluice.model.MeshSnapshot;
import java.nio.file.Path;
import java.util.List;

/**
 * Reads Kubernetes objects from YAML and JSON files: Service (v1), EndpointSlice
 * (discovery.k8s.io/v1), Istio's AuthorizationPolicy (security.istio.io/v1 and v1beta1), and {@code
 * kind: List} of them; several documents a file.
 *
 * <p>Nothing is skipped silently. A field, kind or value that isn't known, or is known and can't be
 * honoured, is a problem with its file, line and column; so are a file without objects, a policy
 * whose service isn't in the files or has no cluster IP, since it would hold nowhere, and endpoints
 * of a service or port that isn't there. All problems are found before any is told.
 */
public final class KubernetesFiles {
  private final ProblemList problems = new ProblemList();
  private final SnapshotAssembler assembler = new SnapshotAssembler();

  private KubernetesFiles() {}

  /**
   * Reads all files into one snapshot; the objects of one may refer to those of another. A folder
   * stands for every file below it that ends in .yaml, .yml or .json, where no name is hidden.
   * Links to files are followed, so that a mounted ConfigMap can be named. Each file is UTF-8 and
   * at most 32 MiB.
   *
   * @throws ConfigurationException if anything is wrong with any of them; it has the whole list
   */
  public static MeshSnapshot load(List<Path> filesAndFolders) throws ConfigurationException {
    return new KubernetesFiles().loadAll(filesAndFolders);
  }

  private MeshSnapshot loadAll(List<Path> filesAndFolders) throws ConfigurationException {
    int before = problems.count();
    List<Path> files =
        filesAndFolders.stream().flatMap(path -> ObjectFiles.at(path, problems).stream()).toList();
    boolean complete = problems.count() == before;
    for (Path file : files) {
      complete &= readFile(file);
    }
    if (complete) {
      assembler.checkReferences();
    }
    problems.throwIfAny();
    return assembler.snapshot();
  }

  private boolean readFile(Path file) {
    ObjectReader reader = new ObjectReader(assembler);
    boolean complete = YamlFile.read(file, problems, reader);
    if (complete && reader.objects() == 0) {
      problems.add(
          FileText.whole(file.toString(), "the file has no object; expected a Service at least"));
    }
    return complete;
  }
}
