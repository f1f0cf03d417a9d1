// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.CgroupFolder;
import dev.sluice.socketlb.ChangeLock;
import dev.sluice.socketlb.Exemptions;
import dev.sluice.socketlb.Exemptions.Subject;
import dev.sluice.socketlb.Exemptions.Verdict;
import dev.sluice.socketlb.HostNamespace;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice lb skip}, {@code use} and {@code unskip}: exceptions from the scope. */
abstract class LbExemptionCommand implements Callable<Integer> {
  @Mixin private KernelPlaces places = new KernelPlaces();

  @ArgGroup(multiplicity = "1")
  private Whom whom = new Whom();

  /** One of the two. */
  static final class Whom {
    @Option(
        names = "--cgroup",
        required = true,
        paramLabel = "PATH",
        description = "The processes of this cgroup and of those below.")
    @Nullable Path cgroup;

    @Option(
        names = "--netns",
        required = true,
        paramLabel = "NAME",
        description = "The sockets of this network namespace, by name or path.")
    @Nullable String namespace;
  }

  /** Says what was done, in a few words. */
  abstract String change(Exemptions exemptions, Subject subject) throws IOException;

  @Override
  public Integer call() {
    try {
      return change(places.mountedBpfFileSystem());
    } catch (IOException e) {
      System.err.println("sluice lb: " + e.getMessage());
      return 1;
    }
  }

  private int change(Optional<Path> bpfFileSystem) throws IOException {
    try (InstalledLoadBalancer balancer = InstalledLoadBalancer.only(bpfFileSystem);
        ChangeLock _ = ChangeLock.take(bpfFileSystem.orElseThrow())) {
      System.err.println("sluice lb: " + change(balancer.exemptions(), subject()));
      return 0;
    }
  }

  private Subject subject() throws IOException {
    if (whom.cgroup != null) {
      return new Subject.OfCgroup(CgroupFolder.id(whom.cgroup));
    }
    if (whom.namespace != null) {
      return new Subject.OfNamespace(HostNamespace.of(whom.namespace).cookie());
    }
    throw new IllegalStateException("picocli lets exactly one of the two through");
  }

  /** {@code sluice lb skip}. */
  @Command(
      name = "skip",
      mixinStandardHelpOptions = true,
      description = {
        "Leave the connections of a pod alone, whatever the scope says.",
        "Example: sluice lb skip --netns /run/netns/pod1"
      })
  static final class Skip extends LbExemptionCommand {
    @Override
    String change(Exemptions exemptions, Subject subject) throws IOException {
      exemptions.put(subject, Verdict.SKIP);
      return "left alone from now on: " + subject;
    }
  }

  /** {@code sluice lb use}. */
  @Command(
      name = "use",
      mixinStandardHelpOptions = true,
      description = {
        "Load balance the connections of a pod, whatever the scope says.",
        "Example: sluice lb use --netns /run/netns/pod1"
      })
  static final class Use extends LbExemptionCommand {
    @Override
    String change(Exemptions exemptions, Subject subject) throws IOException {
      exemptions.put(subject, Verdict.USE);
      return "load balanced from now on: " + subject;
    }
  }

  /** {@code sluice lb unskip}. */
  @Command(
      name = "unskip",
      mixinStandardHelpOptions = true,
      description = {
        "Take back skip or use: the scope decides again.",
        "Example: sluice lb unskip --netns /run/netns/pod1"
      })
  static final class Unskip extends LbExemptionCommand {
    @Override
    String change(Exemptions exemptions, Subject subject) throws IOException {
      return exemptions.remove(subject)
          ? "the scope decides again about " + subject
          : "there was no exemption of " + subject;
    }
  }
}
