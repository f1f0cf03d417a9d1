// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

import dev.sluice.config.ProxySettings.ListenerPorts;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.InboundSelection;
import dev.sluice.rules.Interception;
import dev.sluice.rules.InterfaceSelection;
import dev.sluice.rules.Ipv6Support;
import dev.sluice.rules.OutboundSelection;
import dev.sluice.rules.PortRange;
import dev.sluice.rules.ProxyPorts;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Selection;
import dev.sluice.rules.install.RuleInstaller;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * The rules in a pod's network namespace: those of {@code sluice init -m NODE}, everything in both
 * directions. Blocks its caller for the time of a few commands.
 */
final class PodRules {
  private final RuleOptions options;
  private final RuleOptions letting;

  PodRules(ListenerPorts ports) {
    ProxyPorts usual = ProxyPorts.ISTIO;
    this.options =
        RuleOptions.defaults(Interception.NODE)
            .withPorts(
                new ProxyPorts(ports.outbound(), ports.inbound(), usual.tunnel(), usual.dns()))
            .withSelection(
                Selection.INJECTOR.withInbound(new InboundSelection.AllExcept(List.of())));
    // With the last rule of a nat table the kernel would forget the translations that there are.
    this.letting =
        options.withSelection(
            new Selection(
                new InboundSelection.Only(List.of(PortRange.of(ports.inbound()))),
                OutboundSelection.NONE,
                InterfaceSelection.NONE));
  }

  /**
   * Puts them there; does nothing if they are there.
   *
   * @throws IOException if the kernel or a command refuses; nothing was changed then
   */
  void apply(NetworkNamespace namespace) throws IOException {
    installer(namespace).apply(RulePlanner.plan(options, families(namespace)));
  }

  /**
   * Lets new connections go without a proxy, while those that it has stay with it: until {@link
   * #remove}, which ends them.
   *
   * @throws IOException if the kernel or a command refuses; nothing was changed then
   */
  void letGo(NetworkNamespace namespace) throws IOException {
    installer(namespace).apply(RulePlanner.plan(letting, families(namespace)));
  }

  /** Takes away whatever Sluice made there. */
  void remove(NetworkNamespace namespace) throws RulesException {
    installer(namespace).cleanUp();
  }

  private static List<Family> families(NetworkNamespace namespace) throws IOException {
    try {
      return NamespaceThread.call(namespace, Ipv6Support::probe) == Ipv6Support.ON
          ? List.of(Family.IPV4, Family.IPV6)
          : List.of(Family.IPV4);
    } catch (IOException | RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("asking for IPv6 in " + namespace + ": " + e.getMessage(), e);
    }
  }

  private static RuleInstaller installer(NetworkNamespace namespace) {
    return new RuleInstaller(runner(namespace));
  }

  /** By the descriptor that is held: names may be gone, or stand for another namespace by now. */
  static CommandRunner runner(NetworkNamespace namespace) {
    Path held =
        Path.of(
            "/proc",
            Long.toString(ProcessHandle.current().pid()),
            "fd",
            Integer.toString(namespace.descriptor().number()));
    return CommandRunner.inNetworkNamespace(held);
  }
}
