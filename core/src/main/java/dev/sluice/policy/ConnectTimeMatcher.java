// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.IpBlock;
import dev.sluice.model.IpFamily;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyCondition;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.SourceMatch;
import dev.sluice.net.OriginalDestination;
import java.net.InetAddress;
import java.util.List;

/** Whether one rule is about connections to a destination, whoever makes them. */
final class ConnectTimeMatcher {
  private ConnectTimeMatcher() {}

  static Certainty matches(PolicyRule rule, OriginalDestination destination) {
    InetAddress service = destination.socketAddress().getAddress();
    Certainty matches = sources(rule.sources(), IpFamily.of(service));
    matches = matches.and(Certainty.of(operations(rule.operations(), destination)));
    for (PolicyCondition condition : rule.conditions()) {
      matches = matches.and(holds(condition, destination));
    }
    return matches;
  }

  private static Certainty sources(List<SourceMatch> sources, IpFamily family) {
    Certainty any = Certainty.of(sources.isEmpty());
    for (SourceMatch source : sources) {
      any = any.or(client(source.ipBlocks(), source.notIpBlocks(), family));
    }
    return any;
  }

  private static boolean operations(List<OperationMatch> operations, OriginalDestination to) {
    int port = to.socketAddress().getPort();
    return operations.isEmpty()
        || operations.stream()
            .anyMatch(match -> RuleMatcher.holds(match.ports(), match.notPorts(), port));
  }

  private static Certainty holds(PolicyCondition condition, OriginalDestination destination) {
    InetAddress service = destination.socketAddress().getAddress();
    return switch (condition) {
      case PolicyCondition.SourceIp ip -> client(ip.values(), ip.notValues(), IpFamily.of(service));
      case PolicyCondition.DestinationIp ip ->
          Certainty.of(RuleMatcher.holds(ip.values(), ip.notValues(), service));
      case PolicyCondition.DestinationPort port ->
          Certainty.of(
              RuleMatcher.holds(
                  port.values(), port.notValues(), destination.socketAddress().getPort()));
    };
  }

  /** Of a client's address the family alone is known: that of the service IP that it dials. */
  private static Certainty client(List<IpBlock> wanted, List<IpBlock> unwanted, IpFamily family) {
    Certainty in = wanted.isEmpty() ? Certainty.YES : within(wanted, family);
    return in.and(within(unwanted, family).not());
  }

  private static Certainty within(List<IpBlock> blocks, IpFamily family) {
    Certainty any = Certainty.NO;
    for (IpBlock block : blocks) {
      if (IpFamily.of(block.network()) == family) {
        any = any.or(block.prefixLength() == 0 ? Certainty.YES : Certainty.DEPENDS);
      }
    }
    return any;
  }
}
