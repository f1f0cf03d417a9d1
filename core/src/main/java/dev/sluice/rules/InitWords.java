// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.ExemptMark;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Options as the words of {@code sluice init} that ask for them, those that are the default left
 * out where that is sure. Pure.
 */
public final class InitWords {
  private final List<String> words = new ArrayList<>();

  private InitWords() {}

  /**
   * Whether {@link #of} asks for all of {@code options}: some of what Istio's tool knows is asked
   * for by variables alone.
   */
  public static boolean sayAllOf(RuleOptions options) {
    OutboundSelection usual = OutboundSelection.ALL;
    OutboundSelection outbound = options.selection().outbound();
    return outbound.groups().equals(usual.groups()) && outbound.loopback().equals(usual.loopback());
  }

  /**
   * The words after {@code sluice init}, {@code '*'} quoted for a shell. Names of interfaces are as
   * somebody else chose them.
   */
  public static List<String> of(RuleOptions options) {
    InitWords init = new InitWords();
    init.proxy(options);
    init.inbound(options.selection().inbound());
    init.outbound(options.selection().outbound());
    init.list("-c", options.selection().interfaces().excluded());
    if (options.dropInvalid()) {
      init.words.add("--drop-invalid");
    }
    return init.words;
  }

  private void proxy(RuleOptions options) {
    Interception interception = options.interception();
    add("-m", interception.inboundByTproxy() ? "TPROXY" : "REDIRECT");
    if (interception.outboundByTproxy()) {
      add("--outbound-interception-mode", "TPROXY");
    }
    if (options.unserved() == Unserved.PASSED) {
      add("--inbound-on-proxy-death", "open");
    }
    ProxyPorts ports = options.ports();
    add("-p", Integer.toString(ports.outbound()));
    add("-z", Integer.toString(ports.inbound()));
    if (ports.tunnel() != ProxyPorts.ISTIO.tunnel()) {
      add("-e", Integer.toString(ports.tunnel()));
    }
    ProxyIdentity proxy = options.proxy();
    list("-u", proxy.users());
    list("-g", proxy.groups());
    if (proxy.mark() != ProxyIdentity.ISTIO.mark()) {
      add("-t", Integer.toUnsignedString(proxy.mark()));
    }
    if (proxy.routeTable() != ProxyIdentity.ISTIO.routeTable()) {
      add("-r", Integer.toString(proxy.routeTable()));
    }
  }

  private void inbound(InboundSelection inbound) {
    switch (inbound) {
      case InboundSelection.AllExcept(List<PortRange> excluded) -> {
        add("-b", "'*'");
        list("-d", excluded);
      }
      case InboundSelection.Only(List<PortRange> included) -> list("-b", included);
    }
  }

  private void outbound(OutboundSelection outbound) {
    switch (outbound.destinations()) {
      case AddressSelection.All() -> add("-i", "'*'");
      case AddressSelection.Only(List<Subnet> subnets) -> list("-i", subnets);
    }
    list("-x", outbound.excludedDestinations());
    list("-q", outbound.ports());
    list("-o", outbound.excludedPorts());
    String mark = outbound.exempt().map(ExemptMark::toString).orElse("none");
    if (!mark.equals(ExemptMark.DEFAULT.toString())) {
      add("--exempt-mark", mark);
    }
  }

  private void list(String option, List<?> values) {
    if (!values.isEmpty()) {
      add(option, values.stream().map(Object::toString).collect(Collectors.joining(",")));
    }
  }

  private void add(String option, String value) {
    words.add(option);
    words.add(value);
  }
}
