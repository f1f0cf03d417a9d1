// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.IpBlock;
import dev.sluice.model.OperationMatch;
import dev.sluice.model.PolicyCondition;
import dev.sluice.model.PolicyRule;
import dev.sluice.model.SourceMatch;
import dev.sluice.net.ClientAddress;
import dev.sluice.net.OriginalDestination;
import java.net.InetAddress;
import java.util.List;
import java.util.Set;

/** Whether one rule is about one connection. */
final class RuleMatcher {
  private RuleMatcher() {}

  static boolean matches(PolicyRule rule, OriginalDestination destination, ClientAddress client) {
    InetAddress source = client.socketAddress().getAddress();
    int port = destination.socketAddress().getPort();
    return anySource(rule.sources(), source)
        && anyOperation(rule.operations(), port)
        && everyCondition(rule.conditions(), source, destination);
  }

  private static boolean anySource(List<SourceMatch> sources, InetAddress source) {
    for (SourceMatch match : sources) {
      if (holds(match.ipBlocks(), match.notIpBlocks(), source)) {
        return true;
      }
    }
    return sources.isEmpty();
  }

  private static boolean anyOperation(List<OperationMatch> operations, int port) {
    for (OperationMatch match : operations) {
      if (holds(match.ports(), match.notPorts(), port)) {
        return true;
      }
    }
    return operations.isEmpty();
  }

  private static boolean everyCondition(
      List<PolicyCondition> conditions, InetAddress source, OriginalDestination destination) {
    for (PolicyCondition condition : conditions) {
      if (!holds(condition, source, destination)) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(
      PolicyCondition condition, InetAddress source, OriginalDestination destination) {
    return switch (condition) {
      case PolicyCondition.SourceIp ip -> holds(ip.values(), ip.notValues(), source);
      case PolicyCondition.DestinationIp ip ->
          holds(ip.values(), ip.notValues(), destination.socketAddress().getAddress());
      case PolicyCondition.DestinationPort port ->
          holds(port.values(), port.notValues(), destination.socketAddress().getPort());
    };
  }

  static boolean holds(List<IpBlock> wanted, List<IpBlock> unwanted, InetAddress address) {
    return (wanted.isEmpty() || anyContains(wanted, address)) && !anyContains(unwanted, address);
  }

  static boolean holds(Set<Integer> wanted, Set<Integer> unwanted, int port) {
    return (wanted.isEmpty() || wanted.contains(port)) && !unwanted.contains(port);
  }

  private static boolean anyContains(List<IpBlock> blocks, InetAddress address) {
    for (IpBlock block : blocks) {
      if (block.contains(address)) {
        return true;
      }
    }
    return false;
  }
}
