// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import dev.sluice.it.proxy.Mesh;
import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Clients in the client pod that resolve names as an application there does. */
final class Resolving {
  /** As the kubelet writes it, for a pod in the namespace shop. */
  private static final String RESOLVER_FILE =
      """
      search shop.svc.cluster.local svc.cluster.local cluster.local
      nameserver SERVER
      options ndots:5 timeout:10
      """;

  private final Mesh mesh;
  private final Family family;
  private final Path resolverFile;

  private Resolving(Mesh mesh, Family family, Path resolverFile) {
    this.mesh = mesh;
    this.family = family;
    this.resolverFile = resolverFile;
  }

  /** By the name server's address of that family. */
  static Resolving over(Mesh mesh, Family family) throws IOException {
    Path file = mesh.folder().resolve("resolv.conf");
    Files.writeString(file, RESOLVER_FILE.replace("SERVER", server(family)));
    return new Resolving(mesh, family, file);
  }

  private static String server(Family family) {
    return AddressText.of(Party.SERVER.address(family));
  }

  /** What {@code dig +short} prints of an answer, line by line. */
  List<String> dig(String... words) throws IOException {
    return mesh.in(Party.CLIENT, digLine(List.of("+short"), words)).lines().sorted().toList();
  }

  /** What dig prints in full. */
  String digInFull(String... words) throws IOException {
    return mesh.in(Party.CLIENT, digLine(List.of(), words));
  }

  private String[] digLine(List<String> first, String... words) {
    List<String> line = new ArrayList<>(List.of("dig", "@" + server(family)));
    line.addAll(List.of("+time=10", "+tries=1"));
    line.addAll(first);
    line.addAll(List.of(words));
    return line.toArray(String[]::new);
  }

  /** Runs a program whose resolv.conf is that of the pod, and expects success. */
  String run(String... words) throws IOException {
    return mesh.in(Party.CLIENT, within(words));
  }

  /** The same, whatever comes of it. */
  CommandResult attempt(String... words) throws IOException {
    return mesh.attempt(Party.CLIENT, within(words));
  }

  /** A command line that begins as root with the pod's resolv.conf. */
  String[] within(String... words) {
    List<String> line = new ArrayList<>(List.of("unshare", "--mount", "--propagation", "private"));
    line.addAll(List.of("bash", "-c", "mount --bind \"$0\" /etc/resolv.conf && exec \"$@\""));
    line.add(resolverFile.toString());
    line.addAll(List.of(words));
    return line.toArray(String[]::new);
  }
}
