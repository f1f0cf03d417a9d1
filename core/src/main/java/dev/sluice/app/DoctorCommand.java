// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.Bundle;
import dev.sluice.doctor.Facts;
import dev.sluice.doctor.Finding;
import dev.sluice.doctor.Findings;
import dev.sluice.doctor.Mode;
import dev.sluice.doctor.Subject;
import dev.sluice.doctor.Visible;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice doctor}: what is wrong, what follows, and the command that puts it right. */
@Command(
    name = "doctor",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = {
      "Looks at this host, a network namespace and a cgroup, tries what each mode needs, makes live"
          + " connections in the pod's place, and says what is wrong with the command that puts it"
          + " right. Changes nothing.",
      "Ends with 1 if anything is wrong.",
      "Example: sluice doctor",
      "Example: sluice doctor --netns pod1 --cgroup /sys/fs/cgroup/pod1 --to 10.96.0.10:80"
    })
final class DoctorCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice doctor: ";
  private static final Path NAMES = Path.of("/run/netns");

  @Option(
      names = "--netns",
      paramLabel = "NAME",
      description =
          "The pod's network namespace, by name or path (default: the one that this runs in).")
  private @Nullable String namespace;

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description =
          "The pod's cgroup (default: that of all processes in --netns; without --netns, the"
              + " root).")
  private @Nullable Path cgroup;

  @Option(
      names = "--bpf-fs",
      paramLabel = "FOLDER",
      description = "A mounted bpf file system (default: the one that is mounted).")
  private @Nullable Path bpfFileSystem;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      split = ",",
      description =
          "What is meant to work: redirect, tproxy, socket, lb, service-ip; may be repeated"
              + " (default: what is in use, or all).")
  private List<String> modes = List.of();

  @Option(
      names = "--to",
      paramLabel = "ADDRESS:PORT",
      description =
          "What the live connection dials, such as a service's IP (default: a service of the load"
              + " balancer, or an address of documentation).")
  private @Nullable String destination;

  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Option(
      names = "--bundle",
      paramLabel = "FILE",
      description =
          "Writes a new file for a bug report: the report and what it was made from, secrets"
              + " masked.")
  private @Nullable Path bundle;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try {
      Optional<String> lacking = Privileges.lackingForDoctor();
      if (lacking.isPresent()) {
        throw new IOException(lacking.get());
      }
      Facts facts = Facts.gather(subject());
      List<Finding> findings = Findings.of(facts);
      String report =
          json
              ? JsonText.of(to -> DoctorJson.write(facts, findings, to))
              : DoctorText.of(facts, findings);
      out.print(report);
      out.flush();
      if (bundle != null) {
        Bundle.write(bundle, Version.number(), report, facts);
        err.println(PREFIX + "wrote " + bundle + ", look through it before you give it away");
        err.flush();
      }
      return findings.isEmpty() ? 0 : 1;
    } catch (IOException e) {
      err.println(PREFIX + Visible.of(String.valueOf(e.getMessage())));
      err.flush();
      return 1;
    }
  }

  private Subject subject() throws IOException {
    return new Subject(
        Optional.ofNullable(namespace).map(DoctorCommand::path),
        Optional.ofNullable(cgroup),
        bpfFileSystem(),
        modes(),
        destination == null ? Optional.empty() : Optional.of(address(destination)));
  }

  private static Path path(String nameOrPath) {
    return nameOrPath.contains("/") ? Path.of(nameOrPath) : NAMES.resolve(nameOrPath);
  }

  private Optional<Path> bpfFileSystem() throws IOException {
    if (bpfFileSystem != null && !Files.isDirectory(bpfFileSystem)) {
      throw new IOException(
          "--bpf-fs "
              + bpfFileSystem
              + ": there is no such folder; expected a mounted bpf file system");
    }
    if (bpfFileSystem != null && !Files.getFileStore(bpfFileSystem).type().equals("bpf")) {
      throw new IOException(
          "--bpf-fs "
              + bpfFileSystem
              + " is on a file system of type "
              + Files.getFileStore(bpfFileSystem).type()
              + "; expected bpf (mount -t bpf bpf FOLDER)");
    }
    return Optional.ofNullable(bpfFileSystem);
  }

  private Set<Mode> modes() throws IOException {
    Set<Mode> asked = EnumSet.noneOf(Mode.class);
    for (String word : modes) {
      asked.add(
          Mode.ofWord(word)
              .orElseThrow(
                  () ->
                      new IOException(
                          "--mode '"
                              + word
                              + "'; expected redirect, tproxy, socket, lb or service-ip")));
    }
    return asked;
  }

  private static InetSocketAddress address(String text) throws IOException {
    int colon = text.lastIndexOf(':');
    try {
      String host = text.substring(0, Math.max(0, colon));
      int port = Integer.parseInt(text.substring(colon + 1));
      if (port > 0) {
        return new InetSocketAddress(
            InetAddress.ofLiteral(host.replaceAll("^\\[(.*)]$", "$1")), port);
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw new IOException("--to '" + text + "'; expected ADDRESS:PORT, such as 10.96.0.10:80");
  }
}
