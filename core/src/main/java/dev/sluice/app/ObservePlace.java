// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.lab.topology.LabRun;
import dev.sluice.socketlb.CgroupFolder;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where {@code sluice observe} looks: one cgroup, and the sockets of proxies. */
final class ObservePlace {
  private static final String STREAM = "access_log.sock";
  private static final Pattern UID = Pattern.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");
  private static final int PROXY_USER = 1337;

  /** Whose word is taken: root's and the proxy's. Anybody may make files in /tmp. */
  private static final Set<Integer> TRUSTED = Set.of(0, PROXY_USER);

  private static final List<Path> USUAL =
      List.of(Path.of("/run/sluice"), Path.of("/tmp/sluice-" + PROXY_USER));

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description = "The connections of this cgroup and those below (default: of all).")
  private @Nullable Path cgroup;

  @Option(
      names = "--pod",
      paramLabel = "UID",
      description = "The connections of the pod with this uid, by the name of its cgroup.")
  private @Nullable String pod;

  @Option(
      names = "--log-socket",
      paramLabel = "PATH",
      description =
          "The access_log.sock of a proxy, beside those in the usual places; may be repeated.")
  private List<Path> logSockets = List.of();

  /** Whether it is the whole host. */
  boolean isEverything() {
    return cgroup == null && pod == null;
  }

  /**
   * The cgroup that is meant.
   *
   * @throws IllegalArgumentException if the options make no sense
   * @throws IOException if there is no such cgroup
   */
  Path folder() throws IOException {
    if (cgroup != null && pod != null) {
      throw new IllegalArgumentException("--cgroup with --pod; expected one of the two");
    }
    if (pod != null) {
      return ofPod(pod);
    }
    if (cgroup != null) {
      CgroupFolder.id(cgroup); // Complains if it is none.
      return cgroup;
    }
    return CgroupFolder.root();
  }

  /** Named by kubelet: {@code pod<uid>}, or with systemd {@code ...-pod<uid with _>.slice}. */
  private static Path ofPod(String uid) throws IOException {
    if (!UID.matcher(uid).matches()) {
      throw new IllegalArgumentException(
          "--pod '" + uid + "'; expected its uid, as kubectl prints metadata.uid");
    }
    String plain = "pod" + uid;
    String systemd = "-pod" + uid.replace('-', '_') + ".slice";
    Path root = CgroupFolder.root();
    try (Stream<Path> folders = Files.find(root, 8, (_, found) -> found.isDirectory())) {
      Optional<Path> found =
          folders
              .filter(
                  folder -> {
                    String name = String.valueOf(folder.getFileName());
                    return name.equals(plain) || name.endsWith(systemd);
                  })
              .findFirst();
      return found.orElseThrow(
          () ->
              new IOException(
                  "pod " + uid + ": no cgroup below " + root + " has its name; it may be gone"));
    } catch (UncheckedIOException e) {
      throw new IOException("looking for pod " + uid + " below " + root + ": " + e.getMessage(), e);
    }
  }

  /** The sockets that are there at this moment. */
  List<Path> sockets() {
    return sockets(logSockets);
  }

  /** {@code named}, and those in the usual places at this moment whose owners are trusted. */
  static List<Path> sockets(List<Path> named) {
    List<Path> sockets = new ArrayList<>(named);
    List<Path> usuals = new ArrayList<>(USUAL);
    LabRun.runtimeFolders().forEach(demo -> usuals.add(demo.resolve("sluice-" + PROXY_USER)));
    for (Path usual : usuals) {
      try (DirectoryStream<Path> folders = Files.newDirectoryStream(usual)) {
        for (Path folder : folders) {
          Path socket = folder.resolve(STREAM);
          if (isTrusted(socket) && !sockets.contains(socket)) {
            sockets.add(socket);
          }
        }
      } catch (IOException e) {
        // No proxy has been there.
      }
    }
    return sockets;
  }

  private static boolean isTrusted(Path socket) {
    try {
      Object owner = Files.getAttribute(socket, "unix:uid", LinkOption.NOFOLLOW_LINKS);
      return TRUSTED.contains(owner);
    } catch (IOException e) {
      return false;
    }
  }
}
