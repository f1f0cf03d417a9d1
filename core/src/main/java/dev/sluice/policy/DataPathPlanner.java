// SPDX-License-Identifier: Apache-2.0
package dev.sluice.policy;

import dev.sluice.model.IpFamily;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ProtectedService;
import dev.sluice.model.ServiceFrontend;
import dev.sluice.model.TransportProtocol;
import dev.sluice.net.OriginalDestination;
import dev.sluice.net.PathReason;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides which connections need the proxy: those whose policy can't be decided while the client
 * calls connect(2). Pure.
 */
public final class DataPathPlanner {
  private DataPathPlanner() {}

  /**
   * The way of connections to one port of a service in one family.
   *
   * @param exempting whether the load balancer can exempt a connection from capture. If not, only
   *     what is denied can do without the proxy: a refused connect sends nothing
   */
  public static DataPath plan(
      ServiceFrontend frontend, IpFamily family, MeshSnapshot snapshot, boolean exempting) {
    if (frontend.port().protocol() != TransportProtocol.TCP) {
      return socket(PathReason.NOT_TCP, "no proxy takes " + frontend.port().protocol());
    }
    Optional<InetAddress> ip = frontend.clusterIp(family);
    Optional<ProtectedService> target = ip.flatMap(snapshot::serviceAt);
    DataPath path =
        target.isEmpty() || hasNoPolicy(target.get())
            ? DataPath.Socket.WITHOUT_POLICY
            : byPolicy(target.get(), destination(ip.orElseThrow(), frontend));
    return exempting ? path : withoutExemption(path);
  }

  /**
   * Why the proxy got a connection from the local workload, in a word. Allocates nothing for
   * services without a policy.
   *
   * @param destination absent if it isn't known
   */
  public static PathReason reasonOf(
      @Nullable OriginalDestination destination, MeshSnapshot snapshot) {
    if (destination == null) {
      return PathReason.NO_SERVICE;
    }
    Optional<ProtectedService> target =
        snapshot.serviceAt(destination.socketAddress().getAddress());
    if (target.isEmpty()) {
      return PathReason.NO_SERVICE;
    }
    if (hasNoPolicy(target.get())) {
      return PathReason.CAPTURED;
    }
    return switch (ConnectTimePolicy.decide(target.get(), destination)) {
      case ConnectTimeDecision.Depends _ -> PathReason.SOURCE_ADDRESS;
      case ConnectTimeDecision.Allowed _, ConnectTimeDecision.Denied _ -> PathReason.CAPTURED;
    };
  }

  private static DataPath byPolicy(ProtectedService target, OriginalDestination destination) {
    return switch (ConnectTimePolicy.decide(target, destination)) {
      case ConnectTimeDecision.Allowed _ ->
          socket(PathReason.ALLOWED, "its policies allow every client, whatever its address");
      case ConnectTimeDecision.Denied denied -> {
        String policy = denied.policy().name().toString();
        String rule =
            denied.rule().isPresent()
                ? "rules[" + denied.rule().getAsInt() + "] of DENY policy " + policy
                : "no rule of its ALLOW policies";
        String why = rule + " matches, whatever the client's address";
        yield new DataPath.Socket(PathReason.DENIED, why, new PolicyDecision.Denied(policy, why));
      }
      case ConnectTimeDecision.Depends depends ->
          new DataPath.Proxied(
              PathReason.SOURCE_ADDRESS,
              "rules["
                  + depends.rule()
                  + "] of policy "
                  + depends.policy().name()
                  + " asks for the client's address, which isn't chosen before connect");
    };
  }

  private static DataPath withoutExemption(DataPath path) {
    return path.reason().path() == PathReason.Path.SOCKET && path.reason() != PathReason.DENIED
        ? new DataPath.Proxied(
            PathReason.NO_EXEMPTION, "nothing exempts its connections from capture")
        : path;
  }

  private static DataPath socket(PathReason reason, String why) {
    return new DataPath.Socket(reason, why, PolicyDecision.Allowed.INSTANCE);
  }

  private static boolean hasNoPolicy(ProtectedService target) {
    return target.denyPolicies().isEmpty() && target.allowPolicies().isEmpty();
  }

  private static OriginalDestination destination(InetAddress ip, ServiceFrontend frontend) {
    return new OriginalDestination(new InetSocketAddress(ip, frontend.port().port()));
  }
}
