// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.doctor.Visible;
import dev.sluice.linux.netlink.SocketProtocol;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.observe.ServiceNames;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.trace.Hop;
import dev.sluice.trace.TraceJson;
import dev.sluice.trace.TraceText;
import dev.sluice.trace.Tracer;
import dev.sluice.trace.What;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice trace}. */
@Command(
    name = "trace",
    mixinStandardHelpOptions = true,
    usageHelpAutoWidth = true,
    description = {
      "Makes one TCP connection and prints its path as it happened: netfilter's chains and rules,"
          + " translations, who accepted it, what a proxy decided, and what the server saw.",
      "Each line says what it rests on; nothing is filled in from what should have happened.",
      "While it runs, a table of nftables is in each traced network namespace; it ends with the"
          + " command, however that ends.",
      "With --watch it prints the paths of connections that applications make, as far as their"
          + " sockets and the proxies on their way tell them.",
      "Ends with 1 if the connection could not be made, or no answer to a datagram came.",
      "Example: sluice trace --to 10.96.0.10:80 --netns client --through server",
      "Example: sluice trace --watch --netns client --to 10.96.0.10:80 --count 1"
    })
final class TraceCommand implements Callable<Integer> {
  static final String PREFIX = "sluice trace: ";
  private static final Duration USUAL_LIMIT = Duration.ofSeconds(5);

  @Option(
      names = "--to",
      paramLabel = "ADDRESS:PORT",
      description =
          "What is dialled: an address, a service of --file or of the socket load balancer in force"
              + " (NAME, NAME.NAMESPACE or NAMESPACE/NAME), or a name that this process can look"
              + " up.")
  private Optional<String> to = Optional.empty();

  @Mixin private WatchOptions watch = new WatchOptions();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "PATH",
      description = "A file or folder of Services, for their names in --to; may be repeated.")
  private List<Path> files = List.of();

  @Option(
      names = "--netns",
      paramLabel = "NAME",
      description = "The client's network namespace, by name or path (default: this process's).")
  private Optional<String> namespace = Optional.empty();

  @Option(
      names = "--pod",
      paramLabel = "BY:POD",
      description =
          "Dial from this pod, found as sluice node finds pods: netns:NAME, or uid:UID, which"
              + " stands for its cgroup, too.")
  private Optional<String> pod = Optional.empty();

  @Option(
      names = "--cgroup",
      paramLabel = "PATH",
      description = "The client's cgroup (default: this process's).")
  private Optional<Path> cgroup = Optional.empty();

  @Option(
      names = "--pid",
      paramLabel = "PID",
      description =
          "Dial from the network namespace and the cgroup of this process; with --watch: of those"
              + " two.")
  private Optional<String> pid = Optional.empty();

  @Option(
      names = "--uid",
      paramLabel = "UID",
      description = "The user that the client's socket belongs to (default: this process's).")
  private Optional<String> user = Optional.empty();

  @Option(
      names = "--gid",
      paramLabel = "GID",
      description = "The group that the client's socket belongs to (default: as --uid).")
  private Optional<String> group = Optional.empty();

  @Option(
      names = "--through",
      paramLabel = "NAME",
      description =
          "A further network namespace whose netfilter is traced, such as the server's; may be"
              + " repeated.")
  private List<String> through = List.of();

  @Option(
      names = "--udp",
      description =
          "Sends one datagram of 16 bytes and waits for an answer, instead of connecting.")
  private boolean udp;

  @Option(
      names = "--limit",
      paramLabel = "TIME",
      converter = DurationConverter.class,
      description =
          "For the connection, and again for the proxies' records (default 5s); with --watch: ends"
              + " after that time (default: when interrupted).")
  private Optional<Duration> limit = Optional.empty();

  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = "--json",
      description = "Prints one JSON array; with --watch one for each connection, a line each.")
  private boolean json;

  @Override
  public Integer call() {
    try {
      watch.check(ofItsOwn());
      if (to.isEmpty() && !watch.isOn()) {
        throw new IllegalArgumentException(
            "no --to; expected what is dialled, as ADDRESS:PORT, or --watch");
      }
      Optional<String> lacking = Privileges.lackingForTrace();
      if (lacking.isPresent()) {
        throw new IOException(lacking.get());
      }
      TraceInput input = input();
      if (watch.isOn()) {
        List<InetSocketAddress> chosen = to.isEmpty() ? List.of() : input.destinations();
        watch.run(input.where(), Set.copyOf(chosen), limit, json);
        return CommandLine.ExitCode.OK;
      }
      List<Hop> hops = Tracer.trace(input.request());
      System.out.print(json ? JsonText.of(out -> TraceJson.write(hops, out)) : TraceText.of(hops));
      System.out.flush();
      return hops.stream().anyMatch(TraceCommand::isConnected)
          ? CommandLine.ExitCode.OK
          : CommandLine.ExitCode.SOFTWARE;
    } catch (ConfigurationException e) {
      e.problems().forEach(TraceCommand::complain);
      return CommandLine.ExitCode.SOFTWARE;
    } catch (IllegalArgumentException e) {
      complain(e.getMessage());
      return CommandLine.ExitCode.USAGE;
    } catch (IOException e) {
      complain(e.getMessage());
      return CommandLine.ExitCode.SOFTWARE;
    }
  }

  private TraceInput input() throws IOException, ConfigurationException {
    return new TraceInput(
        to.orElse(""),
        services(),
        new TraceInput.Client(namespace, pod, cgroup, pid, user, group),
        through,
        limit.orElse(USUAL_LIMIT),
        udp ? SocketProtocol.UDP : SocketProtocol.TCP);
  }

  /** The options given that are for a connection of the trace's own. */
  private List<String> ofItsOwn() {
    List<String> given = new ArrayList<>();
    if (udp) {
      given.add("--udp");
    }
    user.ifPresent(_ -> given.add("--uid"));
    group.ifPresent(_ -> given.add("--gid"));
    if (!through.isEmpty()) {
      given.add("--through");
    }
    return given;
  }

  /** Of the files, and of the socket load balancer, if one is in force. */
  private KnownServices services() throws IOException, ConfigurationException {
    List<ServiceFrontend> named = KubernetesFiles.load(files).frontends();
    try (InstalledLoadBalancer balancer =
        InstalledLoadBalancer.only(places.mountedBpfFileSystem())) {
      return KnownServices.of(named, ServiceNames.of(balancer));
    } catch (IOException e) {
      // There is none, or more than one: then no name of theirs is sure.
      return KnownServices.of(named, new ServiceNames(Map.of()));
    }
  }

  /** Names of files and of programs are in it, which anybody may have chosen. */
  private static void complain(@Nullable Object problem) {
    System.err.println(PREFIX + Visible.of(String.valueOf(problem)));
  }

  private static boolean isConnected(Hop hop) {
    return (hop.what() instanceof What.Outcome outcome && outcome.connected())
        || (hop.what() instanceof What.Answered answer && answer.dialled());
  }
}
