// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.observe.FlowFilter;
import dev.sluice.observe.FlowText;
import dev.sluice.observe.Observer;
import dev.sluice.observe.ServiceNames;
import dev.sluice.socketlb.InstalledLoadBalancer;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice observe}. */
@Command(
    name = "observe",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = {
      "Prints one record for each connection that has ended or was refused: who dialled what, the"
          + " service and the backend, the verdict, the mode, bytes, round trip and time; from the"
          + " sockets of the kernel, joined with what proxies tell at their access_log.sock.",
      "Without --follow it observes for a while and prints the last ones.",
      "While it runs, eBPF programs are attached to one cgroup; they end with the command, however"
          + " that ends.",
      "Example: sluice observe --follow",
      "Example: sluice observe --follow --to-service default/reviews --not --verdict forwarded",
      "Example: sluice observe --last 5 --limit 30s --protocol tcp --output json"
    })
final class ObserveCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice observe: ";
  private static final Duration USUAL_LIMIT = Duration.ofSeconds(10);
  private static final int USUAL_LAST = 20;

  private static final int MOST_LAST = 100_000;

  @Option(names = "--follow", description = "Prints each record as it comes, until interrupted.")
  private boolean follow;

  @Option(
      names = "--last",
      paramLabel = "N",
      description = "Without --follow: prints the last N (default 20; 1 to 100000).")
  private Optional<Integer> last = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description = "Ends after that time (default 10s; with --follow: never).")
  private Optional<Duration> limit = Optional.empty();

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORM",
      description = "${COMPLETION-CANDIDATES}; json is one object a line (default: compact).")
  private ObserveOutput.Form form = ObserveOutput.Form.COMPACT;

  @Mixin private ObservePlace place = new ObservePlace();

  @Mixin private ObserveFilters filters = new ObserveFilters();

  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "PATH",
      description =
          "A file or folder of Services, for their names, before those of the socket load balancer;"
              + " may be repeated.")
  private List<Path> files = List.of();

  @Mixin private RingSize ring = new RingSize();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    try {
      return observe();
    } catch (ConfigurationException e) {
      e.problems().forEach(problem -> System.err.println(PREFIX + problem));
      return CommandLine.ExitCode.SOFTWARE;
    } catch (IllegalArgumentException e) {
      System.err.println(PREFIX + e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (IOException e) {
      System.err.println(PREFIX + e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private int observe() throws IOException, ConfigurationException {
    FlowFilter filter = filters.read(spec.commandLine().getParseResult().originalArgs());
    int kept = kept();
    int bytes = ring.bytes();
    Path folder = place.folder();
    Optional<String> lacking = Privileges.lackingForObserve();
    if (lacking.isPresent()) {
      throw new IOException(lacking.get());
    }
    Observer.Settings settings =
        new Observer.Settings(folder, place.isEverything(), bytes, place::sockets, services());
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), 1 << 16),
            false,
            StandardCharsets.UTF_8);
    CountDownLatch told = Patience.termination();
    ObserveOutput output = new ObserveOutput(filter, form, new FlowText(isTerminal()), kept, out);
    try (Observer observer = Observer.begin(settings, output)) {
      observer.gaps().forEach(gap -> System.err.println(PREFIX + gap));
      System.err.println(PREFIX + "observing " + folder);
      long end = System.nanoTime() + limit.orElse(USUAL_LIMIT).toNanos();
      boolean ends = !follow || limit.isPresent();
      observer.run(
          () -> output.isGone() || told.getCount() == 0 || (ends && System.nanoTime() - end >= 0));
    }
    output.finish();
    return CommandLine.ExitCode.OK;
  }

  private int kept() {
    if (follow && last.isPresent()) {
      throw new IllegalArgumentException(
          "--last with --follow; expected one of the two: nothing is kept from before the command");
    }
    int count = last.orElse(USUAL_LAST);
    if (count < 1 || count > MOST_LAST) {
      throw new IllegalArgumentException("--last " + count + "; expected 1 to " + MOST_LAST);
    }
    return follow ? 0 : count;
  }

  /** Of the files, and of the socket load balancer, if one is in force. */
  private ServiceNames services() throws IOException, ConfigurationException {
    ServiceNames named = ServiceNames.of(KubernetesFiles.load(files).frontends());
    try (InstalledLoadBalancer balancer =
        InstalledLoadBalancer.only(places.mountedBpfFileSystem())) {
      return named.or(ServiceNames.of(balancer));
    } catch (IOException e) {
      return named; // There is none, or more than one: then no name is sure.
    }
  }

  /** Standard output alone: System.console() asks about standard input, too. */
  private static boolean isTerminal() {
    try {
      String out = Path.of("/proc/self/fd/1").toRealPath().toString();
      boolean terminal = out.startsWith("/dev/pts/") || out.startsWith("/dev/tty");
      return terminal && System.getenv("NO_COLOR") == null && !"dumb".equals(System.getenv("TERM"));
    } catch (IOException e) {
      return false; // A pipe.
    }
  }
}
