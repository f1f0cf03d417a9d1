// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Istio's ztunnel as the proxy of one workload, without a control plane: plain text passed through,
 * for which it never asks a certificate authority, though it must have one to trust.
 */
record ZtunnelProxy(Path program, boolean accessLog) implements ProxyProgram {
  @Override
  public Rights rights() {
    return Rights.PROXY;
  }

  /** The line names the revision, the compiler and the TLS provider, among others. */
  @Override
  public String version() throws IOException {
    return Command.of(program.toString(), "version")
        .runOrThrow()
        .lines()
        .findFirst()
        .orElse("")
        .strip();
  }

  @Override
  public List<String> command(Pod pod, Path folder) throws IOException {
    String addresses =
        Pod.hosts().stream()
            .flatMap(host -> Stream.of(pod.address(host), pod.addressIpv6(host)))
            .map("\"%s\""::formatted)
            .collect(Collectors.joining(", "));
    Path file =
        Configuration.write(
            "ztunnel.yaml",
            folder.resolve(pod.name() + ".yaml"),
            Map.of("ADDRESSES", addresses),
            List.of());
    return List.of(
        "env",
        "PROXY_MODE=dedicated",
        "PROXY_WORKLOAD_INFO=bench/client/default",
        "LOCAL_XDS_PATH=" + file,
        "XDS_ADDRESS=",
        "CA_ROOT_CA=SYSTEM",
        "ENABLE_ORIG_SRC=false",
        "ZTUNNEL_WORKER_THREADS=2",
        "RUST_LOG=" + (accessLog ? "error,access=info" : "error"),
        program.toString());
  }
}
