// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.node.PodChoice.By;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Looks for the chosen pods in {@code /run/netns} and {@code /proc}, of the mount and pid
 * namespaces that it runs in. Confined to one thread.
 */
final class PodSearch {
  private static final Path NAMES = Path.of("/run/netns");
  private static final Path PROC = Path.of("/proc");

  private final List<PodChoice> choices;
  private final long home;
  private final Map<String, Long> before = new HashMap<>();

  /** {@code home} is the inode number of the namespace that is never a pod's. */
  PodSearch(List<PodChoice> choices, long home) {
    this.choices = List.copyOf(choices);
    this.home = home;
  }

  /**
   * By uid.
   *
   * @throws IOException if a folder can't be read: nothing is known then
   */
  Map<String, FoundPod> find() throws IOException {
    Map<String, FoundPod> found = new HashMap<>();
    if (choices.stream().anyMatch(choice -> choice.by() == By.NETNS)) {
      addNamed(found);
    }
    if (choices.stream().anyMatch(choice -> choice.by() == By.UID)) {
      addOfProcesses(found);
    }
    return found;
  }

  private void addNamed(Map<String, FoundPod> found) throws IOException {
    if (!Files.isDirectory(NAMES)) {
      return;
    }
    Object folder = Files.getAttribute(NAMES, "unix:dev");
    for (Path way : list(NAMES, "*")) {
      String name = String.valueOf(way.getFileName());
      OptionalLong inode =
          chosen(By.NETNS, name) ? inodeOfMount(way, folder) : OptionalLong.empty();
      if (inode.isPresent()) {
        add("netns:" + name, inode.getAsLong(), way, found, "");
      }
    }
  }

  /** A name is mounted a moment after its file is made; until then it leads nowhere. */
  private static OptionalLong inodeOfMount(Path way, Object folder) throws IOException {
    try {
      Map<String, Object> file = Files.readAttributes(way, "unix:dev,ino");
      return folder.equals(file.get("dev"))
          ? OptionalLong.empty()
          : OptionalLong.of((Long) Objects.requireNonNull(file.get("ino")));
    } catch (NoSuchFileException e) {
      return OptionalLong.empty();
    }
  }

  private void addOfProcesses(Map<String, FoundPod> found) throws IOException {
    Map<String, List<PodMember>> members = new HashMap<>();
    for (Path process : list(PROC, "[0-9]*")) {
      Optional<String> uid = PodCgroup.uid(cgroups(process)).filter(name -> chosen(By.UID, name));
      Optional<PodMember> member = uid.flatMap(_ -> PodMember.of(process));
      if (uid.isPresent() && member.isPresent()) {
        members.computeIfAbsent(uid.get(), _ -> new ArrayList<>()).add(member.get());
      }
    }
    before.keySet().retainAll(members.keySet());
    members.forEach((uid, all) -> addOfMembers(uid, all, found));
  }

  private void addOfMembers(String uid, List<PodMember> members, Map<String, FoundPod> found) {
    Long last = before.get(uid);
    PodNamespace namespace =
        PodNamespace.choose(members, last == null ? OptionalLong.empty() : OptionalLong.of(last));
    PodMember member = namespace.member();
    before.put(uid, member.network());
    add(uid, member.network(), member.way(), found, namespace.doubt());
  }

  /**
   * It takes a descriptor. Without one nothing is known, and a pod is released only if it is gone.
   */
  private static List<String> cgroups(Path process) throws IOException {
    try {
      return Files.readAllLines(process.resolve("cgroup"), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      if (Files.exists(process)) {
        throw e;
      }
      return List.of();
    }
  }

  /** A pod on the network of the node is none: not even if one of its processes isn't there. */
  private void add(String uid, long inode, Path way, Map<String, FoundPod> found, String doubt) {
    if (inode != home) {
      PodName name = PodName.ofUid(uid);
      found.putIfAbsent(name.uid(), new FoundPod(name, inode, way, doubt));
    }
  }

  private boolean chosen(By by, String name) {
    return choices.stream().anyMatch(choice -> choice.by() == by && choice.matches(name));
  }

  private static List<Path> list(Path folder, String names) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, names)) {
      List<Path> all = new ArrayList<>();
      files.forEach(all::add);
      return all;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }
}
