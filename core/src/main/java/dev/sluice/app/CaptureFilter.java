// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.CaptureOptions;
import dev.sluice.socketlb.CaptureOptionsText;
import picocli.CommandLine.Option;

/** Which connections are captured: options named as those of Istio's rules. */
final class CaptureFilter {
  // Values stay text here, so that all mistakes are reported together and not the first one only.
  @Option(
      names = {"-p", "--envoy-port"},
      paramLabel = "PORT",
      defaultValue = "15001",
      description = "The proxy's port for connections that leave (default: ${DEFAULT-VALUE}).")
  private String outboundPort = "";

  @Option(
      names = {"-z", "--inbound-capture-port"},
      paramLabel = "PORT",
      defaultValue = "15006",
      description = "The proxy's port for connections that arrive (default: ${DEFAULT-VALUE}).")
  private String inboundPort = "";

  @Option(
      names = {"-b", "--istio-inbound-ports"},
      paramLabel = "PORTS",
      defaultValue = "*",
      description = "Ports captured when connections arrive, * for all (default: all).")
  private String inboundPorts = "";

  @Option(
      names = {"-d", "--istio-local-exclude-ports"},
      paramLabel = "PORTS",
      defaultValue = "15090,15021,15020",
      description = "Arriving connections left alone if -b is * (default: ${DEFAULT-VALUE}).")
  private String excludedInboundPorts = "";

  @Option(
      names = {"-i", "--istio-service-cidr"},
      paramLabel = "CIDRS",
      defaultValue = "*",
      description = "Addresses captured when connections leave, * for all (default: all).")
  private String blocks = "";

  @Option(
      names = {"-x", "--istio-service-exclude-cidr"},
      paramLabel = "CIDRS",
      defaultValue = "",
      description = "Addresses that connections may leave to uncaptured (default: none).")
  private String excludedBlocks = "";

  @Option(
      names = {"-q", "--istio-outbound-ports"},
      paramLabel = "PORTS",
      defaultValue = "",
      description = "Ports captured although their address isn't (default: none).")
  private String outboundPorts = "";

  @Option(
      names = {"-o", "--istio-local-outbound-ports-exclude"},
      paramLabel = "PORTS",
      defaultValue = "",
      description = "Ports that connections may leave to uncaptured (default: none).")
  private String excludedOutboundPorts = "";

  /**
   * All of them, checked.
   *
   * @param text has collected the problems of other options
   * @throws dev.sluice.socketlb.InvalidCaptureOptionsException with everything that is wrong
   */
  CaptureOptions parse(CaptureOptionsText text) {
    return text.finish(
        text.proxyPorts(outboundPort, inboundPort),
        text.inbound(inboundPorts, excludedInboundPorts),
        text.outbound(blocks, excludedBlocks, outboundPorts, excludedOutboundPorts));
  }
}
