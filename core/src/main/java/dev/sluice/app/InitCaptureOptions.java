// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code sluice init} that choose connections; text as in the others. */
final class InitCaptureOptions {
  @Option(
      names = {"-m", "--istio-inbound-interception-mode"},
      paramLabel = "MODE",
      description =
          "How arriving connections are taken over: REDIRECT (default), TPROXY, or NODE in a pod"
              + " whose proxy runs on the node.")
  @Nullable String mode;

  @Option(
      names = "--outbound-interception-mode",
      paramLabel = "MODE",
      description = "How leaving connections are taken over: REDIRECT (default) or TPROXY.")
  @Nullable String outboundMode;

  @Option(
      names = "--inbound-on-proxy-death",
      paramLabel = "open|closed",
      description =
          "Whether arriving connections reach the application while no proxy listens (default:"
              + " closed). open: with -m TPROXY and --native-nftables alone.")
  @Nullable String onProxyDeath;

  @Option(
      names = {"-b", "--istio-inbound-ports"},
      paramLabel = "PORT[,FIRST-LAST]",
      description = "Arriving connections to capture, by port; '*' for all.")
  @Nullable String inboundPorts;

  @Option(
      names = {"-d", "--istio-local-exclude-ports"},
      paramLabel = "PORT[,FIRST-LAST]",
      description = "Arriving connections left alone; counts only with -b '*'.")
  @Nullable String excludedInboundPorts;

  @Option(
      names = {"-i", "--istio-service-cidr"},
      paramLabel = "CIDR[,CIDR]",
      description = "Leaving connections to capture, by destination; '*' for all.")
  @Nullable String destinations;

  @Option(
      names = {"-x", "--istio-service-exclude-cidr"},
      paramLabel = "CIDR[,CIDR]",
      description = "Leaving connections left alone, by destination.")
  @Nullable String excludedDestinations;

  @Option(
      names = {"-q", "--istio-outbound-ports"},
      paramLabel = "PORT[,FIRST-LAST]",
      description = "Leaving connections to capture whatever their destination.")
  @Nullable String outboundPorts;

  @Option(
      names = {"-o", "--istio-local-outbound-ports-exclude"},
      paramLabel = "PORT[,FIRST-LAST]",
      description = "Leaving connections left alone, by port.")
  @Nullable String excludedOutboundPorts;

  @Option(
      names = {"-c", "--istio-exclude-interfaces"},
      paramLabel = "NAME[,NAME]",
      description = "Interfaces at which nothing is captured; NAME+ for all that begin so.")
  @Nullable String excludedInterfaces;

  @Option(
      names = {"-k", "--kube-virt-interfaces"},
      paramLabel = "NAME[,NAME]",
      description = "Interfaces of virtual machines: what arrives there counts as leaving.")
  @Nullable String virtualInterfaces;

  /** Whether nothing says what to capture. */
  boolean chooseNothing() {
    return inboundPorts == null && destinations == null && outboundPorts == null;
  }
}
