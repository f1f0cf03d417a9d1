// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BpfObjectsTest {
  @Test
  void readsObjectsFromTheModule() throws Exception {
    assertThat(BpfObjects.parse("connect4").programs()).containsOnlyKeys("rewrite");
  }

  @Test
  void saysWhichObjectIsMissing() {
    assertThatThrownBy(() -> BpfObjects.parse("nothing"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("reading the eBPF object 'nothing': no such object comes with Sluice");
  }

  @Test
  void bothLicencesAreInEveryObject() throws Exception {
    Path one = Path.of(BpfObjects.class.getResource("socketlb.bpf.o").toURI());
    List<String> licences = new ArrayList<>();
    try (DirectoryStream<Path> objects = Files.newDirectoryStream(one.getParent(), "*.bpf.o")) {
      for (Path object : objects) {
        licences.add(CollectionSpec.parse(Files.readAllBytes(object)).licence());
      }
    }
    assertThat(licences).hasSizeGreaterThan(3).containsOnly("Dual BSD/GPL");
  }
}
