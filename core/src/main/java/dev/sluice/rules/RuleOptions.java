// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import dev.sluice.net.InterceptionMode;
import java.util.ArrayList;
import java.util.List;

/**
 * What {@code sluice init} was told, as numbers and addresses. Immutable.
 *
 * @param interception by which means connections come to the proxy
 * @param ports where they come to
 * @param proxy whose packets are never captured
 * @param selection which connections are captured
 * @param dns which name look-ups are captured
 * @param unserved what becomes of connections that arrive by TPROXY while no proxy listens; without
 *     effect by other means
 * @param dropInvalid whether packets that belong to no connection are dropped instead of answered
 *     by a reset, which would end the connection that they once belonged to
 */
public record RuleOptions(
    Interception interception,
    ProxyPorts ports,
    ProxyIdentity proxy,
    Selection selection,
    DnsCapture dns,
    Unserved unserved,
    boolean dropInvalid) {
  /** Those that rules make; the other one does without. */
  public static final List<InterceptionMode> MODES =
      List.of(InterceptionMode.REDIRECT, InterceptionMode.TPROXY);

  /** With TPROXY, the mark of what the proxy sends to its own host's addresses, and Istio's. */
  public static final int SELF_CALL_MARK = 1338;

  /** With NODE, the mark of every connection that the proxy makes: rules leave it alone. */
  public static final int NODE_MARK = 0x539;

  /** With TPROXY for what leaves, the mark of packets on their way to the outbound listener. */
  public static final int OUTBOUND_MARK = 1339;

  /** With {@link Unserved#PASSED}, the mark of connections that began while no proxy listened. */
  public static final int PASSED_MARK = 1340;

  /**
   * With REDIRECT, the mark of connections that the nat table was asked about and left alone. One
   * bit, so that a connection keeps what others noted in it.
   */
  static final MarkBits LEFT_MARK = new MarkBits(0x2000, 0x2000);

  /**
   * Checks everything.
   *
   * @throws InvalidRuleOptionsException with all problems at once
   */
  public RuleOptions {
    List<String> problems = new ArrayList<>();
    ports.check(problems);
    proxy.check(problems);
    selection.check(problems);
    if (selection.outbound().exempt().filter(mark -> mark.value() == proxy.mark()).isPresent()) {
      problems.add(
          "mark 0x%x of the proxy and of connections that need none; expected two"
              .formatted(proxy.mark()));
    }
    if (dns instanceof DnsCapture.Servers(List<NameServer> servers)) {
      if (servers.isEmpty()) {
        problems.add("DNS capture without a name server; expected at least one");
      }
      OptionChecks.length("name servers", servers, problems);
    }
    if (!problems.isEmpty()) {
      throw new InvalidRuleOptionsException(problems);
    }
  }

  /** The options that Istio's injector passes. */
  public static RuleOptions defaults(Interception interception) {
    return new RuleOptions(
        interception,
        ProxyPorts.ISTIO,
        ProxyIdentity.ISTIO,
        Selection.INJECTOR,
        new DnsCapture.Off(),
        Unserved.LOST,
        false);
  }

  /**
   * The options that Istio's injector passes.
   *
   * @param mode one of {@link #MODES}, or {@code NODE}
   */
  public static RuleOptions defaults(InterceptionMode mode) {
    return defaults(
        switch (mode) {
          case REDIRECT -> Interception.REDIRECT;
          case TPROXY -> Interception.TPROXY;
          case NODE -> Interception.NODE;
          case SOCKET ->
              throw new IllegalArgumentException(
                  "interception mode " + mode + "; expected one of " + MODES);
        });
  }

  /** With other ports. */
  public RuleOptions withPorts(ProxyPorts other) {
    return new RuleOptions(interception, other, proxy, selection, dns, unserved, dropInvalid);
  }

  /** With another proxy. */
  public RuleOptions withProxy(ProxyIdentity other) {
    return new RuleOptions(interception, ports, other, selection, dns, unserved, dropInvalid);
  }

  /** With another selection. */
  public RuleOptions withSelection(Selection other) {
    return new RuleOptions(interception, ports, proxy, other, dns, unserved, dropInvalid);
  }

  /** With other queries captured. */
  public RuleOptions withDns(DnsCapture other) {
    return new RuleOptions(interception, ports, proxy, selection, other, unserved, dropInvalid);
  }

  /** With or without dropping packets that belong to no connection. */
  public RuleOptions withDropInvalid(boolean drop) {
    return new RuleOptions(interception, ports, proxy, selection, dns, unserved, drop);
  }

  /** With another choice for when no proxy listens. */
  public RuleOptions withUnserved(Unserved other) {
    return new RuleOptions(interception, ports, proxy, selection, dns, other, dropInvalid);
  }
}
