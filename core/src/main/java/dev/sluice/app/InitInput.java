// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.net.ExemptMark;
import dev.sluice.rules.HostNames;
import dev.sluice.rules.input.OptionReader.OwnOptions;
import dev.sluice.rules.input.ResolvConf;
import dev.sluice.rules.istio.IstioOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * From what stands on the command line and in the environment to the options as typed, with the
 * defaults of istio-iptables or, where it would capture nothing at all, of Istio's injector.
 */
final class InitInput {
  /** What Istio's injector passes. */
  private static final String INJECTOR_EXCLUDES = "15090,15021,15020";

  private static final Path RESOLVER_FILE = Path.of("/etc/resolv.conf");

  private final InitProxyOptions proxy;
  private final InitCaptureOptions capture;
  private final InitFlags flags;
  private final InitVariables variables;
  private final HostNames names;

  InitInput(
      InitProxyOptions proxy,
      InitCaptureOptions capture,
      InitFlags flags,
      InitVariables variables,
      HostNames names) {
    this.proxy = proxy;
    this.capture = capture;
    this.flags = flags;
    this.variables = variables;
    this.names = names;
  }

  /** With Istio's defaults. */
  IstioOptions istio(boolean ipv6) throws IOException {
    return typed(
        or(capture.inboundPorts, ""),
        or(capture.excludedInboundPorts, ""),
        or(capture.destinations, ""),
        ipv6);
  }

  /** With the injector's defaults if nothing says what to capture. */
  IstioOptions own(boolean ipv6) throws IOException {
    if (!capture.chooseNothing()) {
      return istio(ipv6);
    }
    // The program of the node's proxy has no sidecar in the pod whose ports would be left alone.
    String excluded = or(capture.mode, "").equals("NODE") ? "" : INJECTOR_EXCLUDES;
    return typed("*", or(capture.excludedInboundPorts, excluded), "*", ipv6);
  }

  /** What istio-iptables has no words for. */
  OwnOptions extra() {
    return new OwnOptions(
        or(proxy.routeTable, "133"),
        or(capture.outboundMode, "REDIRECT"),
        or(proxy.dnsPort, "15053"),
        or(proxy.exemptMark, ExemptMark.DEFAULT.toString()),
        or(capture.onProxyDeath, "closed"));
  }

  private IstioOptions typed(
      String inboundPorts, String excludedInboundPorts, String destinations, boolean ipv6)
      throws IOException {
    boolean dns = flags.on("--redirect-dns");
    boolean allDns = flags.on("--capture-all-dns");
    return new IstioOptions(
        new IstioOptions.Ports(
            or(proxy.outboundPort, "15001"),
            or(proxy.inboundPort, "15006"),
            or(proxy.tunnelPort, "15008")),
        owners(),
        new IstioOptions.Inbound(
            or(capture.mode, ""), inboundPorts, excludedInboundPorts, or(proxy.mark, "1337")),
        new IstioOptions.Outbound(
            destinations,
            or(capture.excludedDestinations, ""),
            or(capture.outboundPorts, ""),
            or(capture.excludedOutboundPorts, ""),
            variables.get("ISTIO_OUTBOUND_IPV4_LOOPBACK_CIDR", "127.0.0.1/32")),
        new IstioOptions.Dns(dns, allDns, dns && !allDns ? nameServers() : List.of()),
        new IstioOptions.Surroundings(
            or(capture.excludedInterfaces, ""),
            or(capture.virtualInterfaces, ""),
            flags.on("--drop-invalid")),
        ipv6);
  }

  private IstioOptions.Owners owners() {
    String users = or(proxy.users, "");
    if (users.isEmpty()) {
      OptionalLong user = names.user(variables.get("ENVOY_USER", "istio-proxy"));
      users = Long.toString(user.orElse(1337));
    }
    String groups = or(proxy.groups, "");
    return new IstioOptions.Owners(
        users,
        groups.isEmpty() ? users : groups,
        variables.get("ISTIO_OUTBOUND_OWNER_GROUPS", "*"),
        variables.get("ISTIO_OUTBOUND_OWNER_GROUPS_EXCLUDE", ""));
  }

  private static List<String> nameServers() throws IOException {
    try {
      // Only addresses matter; a comment may be in any encoding.
      return ResolvConf.nameServers(Files.readAllLines(RESOLVER_FILE, StandardCharsets.ISO_8859_1));
    } catch (IOException e) {
      throw new IOException(
          "reading the name servers of /etc/resolv.conf (--redirect-dns): " + e.getMessage(), e);
    }
  }

  private static String or(@Nullable String given, String otherwise) {
    return given == null ? otherwise : given;
  }
}
