// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.Capture;
import dev.sluice.socketlb.CaptureOptions;
import dev.sluice.socketlb.CaptureOptionsText;
import dev.sluice.socketlb.InvalidCaptureOptionsException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice capture}: interception by sockets alone. */
@Command(
    name = "capture",
    mixinStandardHelpOptions = true,
    description = {
      "Sends a pod's TCP connections to its proxy without netfilter: no rule, no route, no"
          + " conntrack entry. UDP is left alone.",
      "What is attached lives in the kernel and goes on when the command has ended.",
      "Example: sluice capture off --cgroup /sys/fs/cgroup/pod1"
    },
    subcommands = {CaptureCommand.On.class, CaptureCommand.Off.class})
final class CaptureCommand {
  private static final String PREFIX = "sluice capture: ";

  /** {@code sluice capture on}. */
  @Command(
      name = "on",
      mixinStandardHelpOptions = true,
      usageHelpAutoWidth = true,
      description = {
        "Captures for the proxy that runs in --proxy-cgroup, or changes the options.",
        "Start the proxy there with: sluice proxy --interception-mode SOCKET",
        "Example: sluice capture on --cgroup /sys/fs/cgroup/pod1"
            + " --proxy-cgroup /sys/fs/cgroup/pod1/proxy --netns pod1"
      })
  static final class On implements Callable<Integer> {
    @Mixin private KernelPlaces places = new KernelPlaces();
    @Mixin private CaptureFilter filter = new CaptureFilter();

    @Option(
        names = "--cgroup",
        required = true,
        paramLabel = "PATH",
        description = "The pod's cgroup; application and proxy are in cgroups below it.")
    private Path cgroup = Path.of("");

    @Option(
        names = "--proxy-cgroup",
        required = true,
        paramLabel = "PATH",
        description = "The proxy's, below the pod's: its own connections aren't captured.")
    private Path proxyCgroup = Path.of("");

    @Option(
        names = "--netns",
        required = true,
        paramLabel = "NAME",
        description = "The pod's network namespace, by name or path.")
    private String namespace = "";

    @Option(
        names = "--on-proxy-death",
        paramLabel = "open|closed",
        description =
            "New connections while the proxy doesn't serve: uncaptured (open) or refused"
                + " (closed, the default).")
    private Capture.WhenDead whenDead = Capture.WhenDead.CLOSED;

    @Option(
        names = "--patience",
        paramLabel = "TIME",
        converter = DurationConverter.class,
        description =
            "Without a sign of life, after which a proxy that hangs doesn't serve (default 1s, at"
                + " least 200ms; the proxy gives ten a second).")
    private Duration patience = Duration.ofSeconds(1);

    @Override
    public Integer call() {
      try {
        CaptureOptionsText text = new CaptureOptionsText();
        Capture.Without without = text.without(whenDead, patience);
        CaptureOptions options = filter.parse(text);
        Capture.Pod pod = new Capture.Pod(cgroup, proxyCgroup, namespace);
        Capture.on(places.bpfFileSystem(), pod, options, without);
        System.err.println(
            PREFIX
                + "on for "
                + cgroup
                + " in the network namespace "
                + namespace
                + ", TCP, not UDP; without the proxy new connections fail "
                + whenDead.word());
        return CommandLine.ExitCode.OK;
      } catch (InvalidCaptureOptionsException e) {
        e.problems().forEach(problem -> System.err.println(PREFIX + problem));
        return CommandLine.ExitCode.USAGE;
      } catch (IOException e) {
        System.err.println(PREFIX + e.getMessage());
        return CommandLine.ExitCode.SOFTWARE;
      }
    }
  }

  /** {@code sluice capture off}. */
  @Command(
      name = "off",
      mixinStandardHelpOptions = true,
      description = {
        "Captures no more. Connections that are open stay with the proxy.",
        "Example: sluice capture off --cgroup /sys/fs/cgroup/pod1"
      })
  static final class Off implements Callable<Integer> {
    @Mixin private KernelPlaces places = new KernelPlaces();

    @Option(
        names = "--cgroup",
        required = true,
        paramLabel = "PATH",
        description = "The pod's cgroup.")
    private Path cgroup = Path.of("");

    @Override
    public Integer call() {
      try {
        Optional<Path> bpfFileSystem = places.mountedBpfFileSystem();
        boolean removed = bpfFileSystem.isPresent() && Capture.off(bpfFileSystem.get(), cgroup);
        System.err.println(PREFIX + (removed ? "off for " : "nothing was captured on ") + cgroup);
        return CommandLine.ExitCode.OK;
      } catch (IOException e) {
        System.err.println(PREFIX + e.getMessage());
        return CommandLine.ExitCode.SOFTWARE;
      }
    }
  }
}
