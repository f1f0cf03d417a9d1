// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import dev.sluice.net.AddressText;
import dev.sluice.process.CommandResult;
import dev.sluice.telemetry.Logfmt;
import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs probes: each is a process of its own, which says what its socket saw. Thread-safe. */
public final class Client {
  /** The name that the filter by Host header denies. */
  static final String DENIED_HOST = "ledger.example";

  private static final Duration LIMIT = Duration.ofSeconds(20);

  private final Spawner spawner;
  private final Path script;

  /** Unpacks the script into the run's folder. */
  public Client(Spawner spawner) throws IOException {
    this.spawner = spawner;
    this.script = Resources.unpack("client.py", spawner.run().folder());
  }

  /** Makes the connection; a connection that fails is a result too, with {@code how} saying so. */
  public Map<String, String> run(Probe probe) throws IOException {
    return switch (probe.behaviour()) {
      case CURL -> curl(probe, List.of());
      case CURL_DENIED_HOST -> curl(probe, List.of("--header", "Host: " + DENIED_HOST));
      case ECHO, BANNER, DIGEST, GOODBYE, LISTEN, FETCH -> python(probe);
    };
  }

  /** Connects {@code count} times in a row, in the order in which it happened. */
  public List<LatencySample> latency(Party from, InetAddress destination, int port, int count)
      throws IOException {
    List<String> command = command("latency", destination, port, 0, count, false);
    CommandResult result = spawner.runToEnd(from, RunAs.APPLICATION, command, LIMIT);
    List<LatencySample> samples =
        result
            .output()
            .lines()
            .map(Logfmt::parse)
            .filter(line -> "sample".equals(line.get("event")))
            .map(LatencySample::of)
            .toList();
    if (samples.size() != count) {
      throw new LabException(
          "measuring latency to %s port %d: %d of %d connections answered: %s"
              .formatted(
                  destination.getHostAddress(),
                  port,
                  samples.size(),
                  count,
                  result.firstComplaint()));
    }
    return samples;
  }

  private Map<String, String> python(Probe probe) throws IOException {
    List<String> command =
        command(
            probe.behaviour().text(),
            probe.destination(),
            probe.port(),
            probe.localPort(),
            probe.behaviour() == Behaviour.FETCH ? Probe.REQUESTS : Probe.BYTES,
            probe.mapped());
    CommandResult result = spawner.runToEnd(probe.from(), probe.rights(), command, LIMIT);
    Map<String, String> fields = Logfmt.parse(result.output().lines().findFirst().orElse(""));
    if (!fields.containsKey("how")) {
      throw new LabException(
          "dialling " + probe.dialled() + ": the client said nothing: " + result.firstComplaint());
    }
    return fields;
  }

  private List<String> command(
      String behaviour, InetAddress to, int port, int localPort, int count, boolean mapped) {
    return List.of(
        "/usr/bin/python3",
        "-I",
        script.toString(),
        behaviour,
        AddressText.of(to),
        Integer.toString(port),
        Integer.toString(localPort),
        Integer.toString(count),
        mapped ? "mapped" : "plain");
  }

  private Map<String, String> curl(Probe probe, List<String> options) throws IOException {
    String host = AddressText.of(probe.destination());
    String url =
        "http://"
            + (probe.destination() instanceof Inet6Address ? "[" + host + "]" : host)
            + ":"
            + probe.port()
            + "/";
    List<String> command = new ArrayList<>(List.of("curl"));
    command.addAll(options);
    command.addAll(
        List.of(
            "--silent",
            "--show-error",
            "--noproxy",
            "*",
            "--max-time",
            "5",
            "--local-port",
            Integer.toString(probe.localPort()),
            "--write-out",
            "status=%{http_code} local_ip=%{local_ip} local_port=%{local_port}\n",
            url));
    CommandResult result = spawner.runToEnd(probe.from(), probe.rights(), command, LIMIT);
    Map<String, String> fields = new LinkedHashMap<>();
    result.output().lines().map(Logfmt::parse).forEach(fields::putAll);
    fields.put("dialled", probe.dialled());
    String local = fields.getOrDefault("local_ip", "");
    if (!local.isEmpty()) {
      int port = Integer.parseInt(fields.getOrDefault("local_port", "0"));
      fields.put("local", Family.endpoint(InetAddress.ofLiteral(local), port));
    }
    fields.put("how", result.succeeded() ? "eof" : "curl: " + result.firstComplaint());
    return fields;
  }
}
