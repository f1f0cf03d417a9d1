// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.sluice.model.MeshSnapshot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Which files a folder stands for. */
final class ObjectFilesTest {
  @TempDir private Path directory;

  @Test
  void readsYamlAndJsonBelowAFolderSortedAndNothingElse() throws Exception {
    write("b.yaml", "b", 1);
    write("a.yml", "a", 2);
    write("c/d/e.json", "e", 3);
    write("notes.txt", "notes", 4);
    write("d.yaml.bak", "bak", 5);
    write(".hidden.yaml", "hidden", 6);
    write(".git/f.yaml", "f", 7);

    assertThat(ObjectFiles.at(directory, new ProblemList()))
        .extracting(file -> directory.relativize(file).toString())
        .containsExactly("a.yml", "b.yaml", "c/d/e.json");
    assertThat(namesOf(KubernetesFiles.load(List.of(directory)))).containsExactly("a", "b", "e");
  }

  @Test
  void takesFilesAndFoldersTogetherWhateverANamedFileIsCalled() throws Exception {
    write("folder/a.yaml", "a", 1);
    write("folder/b.yaml", "b", 2);
    Path named = write("services.txt", "c", 3);

    assertThat(namesOf(KubernetesFiles.load(List.of(named, directory.resolve("folder")))))
        .containsExactly("a", "b", "c");
  }

  /** The kubelet's layout: a hidden folder a version, a hidden link to it, a link for each file. */
  @Test
  void readsEachFileOfAMountedConfigMapOnceAlsoAfterItsUpdate() throws Exception {
    write("..2026_11_22_09/web.yaml", "old", 1);
    write("..2026_11_22_10/web.yaml", "new", 1);
    Path data = Files.createSymbolicLink(directory.resolve("..data"), Path.of("..2026_11_22_09"));
    Files.createSymbolicLink(directory.resolve("web.yaml"), Path.of("..data", "web.yaml"));

    assertThat(namesOf(KubernetesFiles.load(List.of(directory)))).containsExactly("old");
    Files.delete(data);
    Files.createSymbolicLink(data, Path.of("..2026_11_22_10"));
    assertThat(namesOf(KubernetesFiles.load(List.of(directory)))).containsExactly("new");
  }

  @Test
  void followsAFolderThatIsNamedByALink() throws Exception {
    write("versions/1/a.yaml", "a", 1);
    Path current = Files.createSymbolicLink(directory.resolve("current"), Path.of("versions", "1"));

    assertThat(namesOf(KubernetesFiles.load(List.of(current)))).containsExactly("a");
  }

  @Test
  @Timeout(10)
  void saysWhatItCanNotRead() throws Exception {
    write("a/a.yaml", "a", 1);
    Path up = Files.createSymbolicLink(directory.resolve("a/up"), Path.of(".."));
    Path broken = Files.createSymbolicLink(directory.resolve("broken.yaml"), Path.of("nowhere"));
    Path pipe = directory.resolve("pipe.yaml");
    assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor()).isZero();

    assertThat(problemsOf(directory))
        .containsExactly(
            up + ":1:1: a link to a folder is not followed; expected a folder, or links to files",
            broken + ":1:1: the file does not exist",
            pipe + ":1:1: this is no regular file; expected one in a folder");
  }

  @Test
  void refusesAFolderWithoutObjects() throws Exception {
    write("notes.txt", "notes", 1);

    assertThat(problemsOf(directory))
        .containsExactly(
            directory
                + ":1:1: the folder has no file to read; expected one that ends in .yaml, .yml or"
                + " .json");
  }

  @Test
  void boundsTheDepthOfFolders() throws Exception {
    Path deep = directory;
    for (int i = 0; i < 33; i++) {
      deep = deep.resolve("d");
    }
    Files.createDirectories(deep);
    write("a.yaml", "a", 1);

    assertThat(problemsOf(directory))
        .singleElement()
        .asString()
        .endsWith(":1:1: nested too deeply; expected at most 32 folders");
  }

  /** Half of a folder could lack the services that the other half is about. */
  @Test
  void doesNotFollowUpWhatItCanNotReadWithMissingServices() throws Exception {
    Path slice = directory.resolve("slice.yaml");
    Files.writeString(
        slice,
        """
        apiVersion: discovery.k8s.io/v1
        kind: EndpointSlice
        metadata: {name: a, labels: {kubernetes.io/service-name: a}}
        addressType: IPv4
        """);
    Path link = Files.createSymbolicLink(directory.resolve("up"), Path.of(".."));

    assertThat(problemsOf(directory)).singleElement().asString().startsWith(link + ":1:1: ");
    Files.delete(link);
    assertThat(problemsOf(directory))
        .containsExactly(
            slice
                + ":3:58: metadata.labels.kubernetes.io/service-name: service default/a is in none"
                + " of the files");
  }

  private Path write(String name, String service, int number) throws IOException {
    Path file = directory.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(
        file,
        """
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "%s"},
         "spec": {"clusterIP": "10.96.0.%d", "ports": [{"port": 80}]}}
        """
            .formatted(service, number));
  }

  private static List<String> namesOf(MeshSnapshot snapshot) {
    return snapshot.services().stream().map(service -> service.name().name()).toList();
  }

  private static List<String> problemsOf(Path path) {
    ConfigurationException refused =
        catchThrowableOfType(
            ConfigurationException.class, () -> KubernetesFiles.load(List.of(path)));
    assertThat(refused).as("the folder was accepted").isNotNull();
    return refused.problems().stream().map(Problem::toString).toList();
  }
}
