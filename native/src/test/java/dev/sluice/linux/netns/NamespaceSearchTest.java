// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.netns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamespaceSearchTest {
  @Test
  void findsTheNamespaceOfThisProcessAndNoneForAnUnknownNumber() throws Exception {
    try (NetworkNamespace current = NetworkNamespace.current()) {
      Map<Long, NetworkNamespace> found = NamespaceSearch.open(Set.of(current.inode(), 1L));
      assertThat(found).containsOnlyKeys(current.inode());
      try (NetworkNamespace namespace = found.get(current.inode())) {
        assertThat(namespace).extracting(NetworkNamespace::inode).isEqualTo(current.inode());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"net:[4026531840], 4026531840", "net:[1], 1"})
  void readsTheNumberInAName(String name, long inode) {
    assertThat(NamespaceSearch.inodeOfName(name)).hasValue(inode);
  }

  @ParameterizedTest
  @ValueSource(strings = {"mnt:[4026531840]", "net:[]", "net:[12", "net:[-1]", "/", "net:[1]x"})
  void readsNoNumberInOtherNames(String name) {
    assertThat(NamespaceSearch.inodeOfName(name)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "/run/netns/pod, /run/netns/pod",
    "/run/netns/a\\040b\\134c, '/run/netns/a b\\c'",
    "/run/netns/a\\04, /run/netns/a\\04"
  })
  void readsPathsAsTheKernelWritesThem(String written, String path) {
    assertThat(NamespaceSearch.unescape(written)).isEqualTo(path);
  }

  @Test
  void saysThatAProcessIsGone() {
    assertThatThrownBy(() -> NetworkNamespace.ofSocket(Integer.MAX_VALUE, 3))
        .hasMessage("pidfd_open of descriptor 3 of process 2147483647: ESRCH (3)");
  }

  @Test
  void saysThatADescriptorIsClosed() {
    int own = (int) ProcessHandle.current().pid();
    assertThatThrownBy(() -> NetworkNamespace.ofSocket(own, 999_999))
        .hasMessageStartingWith("pidfd_getfd of descriptor 999999 of process")
        .hasMessageContaining("EBADF (9)");
  }
}
