// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.model.TransportProtocol;
import dev.sluice.socketlb.BackendSet;
import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.Exemptions.Subject;
import dev.sluice.socketlb.Exemptions.Verdict;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.Scope;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Whose connections are load balanced: 10.96.0.1:80 leads to a backend, or is refused. */
class ScopeIT {
  private static final List<BackendSet> SETS =
      List.of(Sets.of(TransportProtocol.TCP, "10.96.0.1", 80, 9001));
  private static final String LOAD_BALANCED = "one";
  private static final String LEFT_ALONE = "ECONNREFUSED";

  private Scene scene;

  @BeforeEach
  void open() throws IOException {
    scene = Scene.open("scope");
    scene.backends(List.of("tcp:" + Scene.SERVER_V4 + ":9001:one"));
  }

  @AfterEach
  void close() throws IOException {
    scene.close();
  }

  @Test
  void loadBalancesTheHostAloneOrAllOrNobody() throws IOException {
    Path host = scene.clientNamespace();
    assertThat(host()).isEqualTo(LEFT_ALONE);

    scene.apply(SETS, Scope.HOST, host);
    assertThat(List.of(host(), pod())).containsExactly(LOAD_BALANCED, LEFT_ALONE);
    scene.apply(SETS, Scope.ALL, host);
    assertThat(List.of(host(), pod())).containsExactly(LOAD_BALANCED, LOAD_BALANCED);
    scene.apply(SETS, Scope.HOST, scene.serverNamespace());
    assertThat(List.of(host(), pod())).containsExactly(LEFT_ALONE, LOAD_BALANCED);
    scene.apply(SETS, Scope.NONE, host);
    assertThat(List.of(host(), pod())).containsExactly(LEFT_ALONE, LEFT_ALONE);
  }

  @Test
  void leavesAPodAloneOrNotWhileRunning() throws IOException {
    scene.apply(SETS, Scope.ALL, scene.clientNamespace());
    Subject namespace = new Subject.OfNamespace(cookie(scene.clientNamespace()));
    Path child = Files.createDirectory(scene.cgroup().resolve("child"));
    try {
      Subject parent = new Subject.OfCgroup(CgroupFolder.id(scene.cgroup()));
      exempt(namespace, Verdict.SKIP);
      assertThat(List.of(host(), pod())).containsExactly(LEFT_ALONE, LOAD_BALANCED);
      exempt(parent, Verdict.USE);
      assertThat(host()).as("the cgroup's word counts more").isEqualTo(LOAD_BALANCED);
      exempt(parent, Verdict.SKIP);
      exempt(new Subject.OfCgroup(CgroupFolder.id(child)), Verdict.USE);
      assertThat(List.of(host(), who(scene.clientNamespace(), child)))
          .as("the nearest cgroup's word counts more")
          .containsExactly(LEFT_ALONE, LOAD_BALANCED);

      scene.apply(SETS, Scope.ALL, scene.clientNamespace());
      assertThat(host()).as("a change of services leaves exemptions").isEqualTo(LEFT_ALONE);
      unskip(parent);
      unskip(namespace);
      assertThat(host()).isEqualTo(LOAD_BALANCED);
    } finally {
      Files.delete(child);
    }
  }

  @Test
  void usesOneNamespaceWhenOffForAllOthersAndNobodyWhenOff() throws IOException {
    scene.apply(SETS, Scope.HOST, scene.serverNamespace());
    exempt(new Subject.OfNamespace(cookie(scene.clientNamespace())), Verdict.USE);
    assertThat(host()).isEqualTo(LOAD_BALANCED);

    scene.apply(SETS, Scope.NONE, scene.serverNamespace());
    assertThat(host()).as("off means off").isEqualTo(LEFT_ALONE);
  }

  private String host() throws IOException {
    return who(scene.clientNamespace(), scene.cgroup());
  }

  private String pod() throws IOException {
    return who(scene.serverNamespace(), scene.cgroup());
  }

  private static String who(Path namespace, Path cgroup) throws IOException {
    return Scene.client(namespace, cgroup, "print(who('10.96.0.1', 80))");
  }

  private static long cookie(Path namespace) throws IOException {
    return HostNamespace.of(namespace.toString()).cookie();
  }

  private void exempt(Subject subject, Verdict verdict) throws IOException {
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      installed.exemptions().put(subject, verdict);
    }
  }

  private void unskip(Subject subject) throws IOException {
    try (InstalledLoadBalancer installed =
        InstalledLoadBalancer.only(Optional.of(scene.bpfFileSystem()))) {
      assertThat(installed.exemptions().remove(subject)).isTrue();
    }
  }
}
