// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.rules.HostNames;
import dev.sluice.rules.istio.IstioChecks;
import dev.sluice.rules.istio.IstioOptions;
import dev.sluice.rules.istio.IstioProgram;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.ExitCode;

/** {@code sluice init --dry-run --format=istio}: what istio-iptables would print, and no more. */
final class InitIstio {
  private final InitInput input;
  private final InitFlags flags;
  private final InitVariables variables;
  private final HostNames names;

  InitIstio(InitInput input, InitFlags flags, InitVariables variables, HostNames names) {
    this.input = input;
    this.flags = flags;
    this.variables = variables;
    this.names = names;
  }

  /** The exit code. */
  int print(Optional<String> binary, PrintWriter out, PrintWriter err) throws IOException {
    boolean nft = flags.on("--native-nftables");
    boolean dualStack = flags.on("--dual-stack");
    Optional<Boolean> ipv6 = HostAddresses.ipv6(HostAddresses.here(), dualStack);
    IstioOptions options = input.istio(ipv6.orElse(false));
    List<String> problems = new ArrayList<>(flags.problems());
    if (ipv6.isEmpty()) {
      problems.add("no address beside loopback and link-local ones; istio-iptables expects one");
    }
    binary
        .filter(name -> !List.of("", "legacy", "nft").contains(name))
        .ifPresent(name -> problems.add(InitCommand.wrongBinary(name)));
    problems.addAll(IstioChecks.of(options, nft, names));
    if (!problems.isEmpty()) {
      problems.forEach(problem -> err.println("sluice init: " + problem));
      return ExitCode.SOFTWARE;
    }
    flags.tolerated().forEach(word -> err.println("sluice init: taken for false: " + word));
    differences(options, dualStack).forEach(line -> err.println("sluice init: " + line));
    if (!flags.on("--skip-rule-apply")) {
      out.print(text(options, nft));
      out.flush();
      if (!nft) {
        writeFile(options);
      }
    }
    return ExitCode.OK;
  }

  private String text(IstioOptions options, boolean nft) {
    boolean cleanUp = flags.on("--cleanup-only");
    if (nft) {
      return cleanUp ? IstioProgram.nftCleanUp() : IstioProgram.nft(options);
    }
    return cleanUp ? "" : IstioProgram.iptables(options);
  }

  /** Where Sluice, without {@code --format=istio}, would do something else. */
  private static List<String> differences(IstioOptions options, boolean dualStack)
      throws IOException {
    List<String> lines = new ArrayList<>();
    if (!options.ipv6() && HostAddresses.ipv6(HostAddresses.here(), true).orElse(false)) {
      lines.add(
          "istio-iptables makes no rules for IPv6 here, which passes by the proxy; Sluice does, as"
              + " istio-iptables with --dual-stack");
    }
    if (options.owners().users().contains(",") || options.owners().groups().contains(",")) {
      lines.add(
          "istio-iptables leads self-calls of the first user alone to the inbound listener; Sluice"
              + " those of every user and group of the proxy");
    }
    if (dualStack && !options.ipv6()) {
      lines.add("--dual-stack, but there is no IPv6 address: rules for IPv4 alone");
    }
    return lines;
  }

  /** Like Istio's, it doesn't cut a longer file that is there. */
  private void writeFile(IstioOptions options) throws IOException {
    String path = variables.get("DRY_RUN_FILE_PATH", "");
    if (path.isEmpty()) {
      return;
    }
    String text = IstioProgram.dryRunFile(options, flags.on("--cleanup-only"));
    try (RandomAccessFile file = new RandomAccessFile(path, "rw")) {
      file.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new IOException("writing DRY_RUN_FILE_PATH '" + path + "': " + e.getMessage(), e);
    }
  }
}
