// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options of {@code sluice init} that describe the proxy. Values stay text, so that all
 * mistakes are reported together; null where neither option nor variable is given.
 */
final class InitProxyOptions {
  @Option(
      names = {"-p", "--envoy-port"},
      paramLabel = "PORT",
      description = "The proxy's port for connections that leave (default: 15001).")
  @Nullable String outboundPort;

  @Option(
      names = {"-z", "--inbound-capture-port"},
      paramLabel = "PORT",
      description = "The proxy's port for connections that arrive (default: 15006).")
  @Nullable String inboundPort;

  @Option(
      names = {"-e", "--inbound-tunnel-port"},
      paramLabel = "PORT",
      description = "The proxy's port for tunnels: it is never captured (default: 15008).")
  @Nullable String tunnelPort;

  @Option(
      names = "--dns-port",
      paramLabel = "PORT",
      description = "The proxy's port for DNS (default: 15053).")
  @Nullable String dnsPort;

  @Option(
      names = {"-u", "--proxy-uid"},
      paramLabel = "USER[,USER]",
      description =
          "Users whose connections aren't captured (default: that of $ENVOY_USER, or 1337).")
  @Nullable String users;

  @Option(
      names = {"-g", "--proxy-gid"},
      paramLabel = "GROUP[,GROUP]",
      description = "Groups whose connections aren't captured (default: what -u says).")
  @Nullable String groups;

  @Option(
      names = {"-t", "--istio-inbound-tproxy-mark"},
      paramLabel = "MARK",
      description = "With TPROXY, the mark of the proxy's packets (default: 1337).")
  @Nullable String mark;

  @Option(
      names = {"-r", "--istio-inbound-tproxy-route-table"},
      paramLabel = "TABLE",
      description = "With TPROXY, the routing table of marked packets (default: 133).")
  @Nullable String routeTable;

  @Option(
      names = "--exempt-mark",
      paramLabel = "MARK",
      description =
          "Connections with this mark need no proxy and leave: 'sluice lb' sets it (default:"
              + " 0x1000). none: there are none.")
  @Nullable String exemptMark;
}
