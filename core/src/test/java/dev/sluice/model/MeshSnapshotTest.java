// SPDX-License-Identifier: Apache-2.0
package dev.sluice.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.model.AuthorizationPolicy.Action;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class MeshSnapshotTest {
  private static final Service WEB = service("web", "10.96.0.10", "fd00:10:96::10");
  private static final Service DB = service("db", "10.96.0.11");

  @Test
  void findsAServiceByEachOfItsIps() throws UnknownHostException {
    MeshSnapshot snapshot = MeshSnapshot.of(List.of(WEB, DB), List.of());

    assertThat(snapshot.serviceAt(IpLiteral.parse("10.96.0.10")))
        .map(ProtectedService::service)
        .contains(WEB);
    assertThat(snapshot.serviceAt(IpLiteral.parse("fd00:10:96::10")))
        .map(ProtectedService::service)
        .contains(WEB);
    assertThat(snapshot.serviceAt(IpBlockTest.mapped(10, 96, 0, 11)))
        .map(ProtectedService::service)
        .contains(DB);
    assertThat(snapshot.serviceAt(IpLiteral.parse("10.96.0.12"))).isEmpty();
  }

  @Test
  void sortsPoliciesByNameWhateverTheirOrder() {
    AuthorizationPolicy a = policy("a", Action.ALLOW, WEB.name());
    AuthorizationPolicy b = policy("b", Action.ALLOW, WEB.name());
    AuthorizationPolicy c = policy("c", Action.DENY, WEB.name(), DB.name());

    MeshSnapshot snapshot = MeshSnapshot.of(List.of(WEB, DB), List.of(c, b, a));

    ProtectedService web = snapshot.serviceAt(IpLiteral.parse("10.96.0.10")).orElseThrow();
    assertThat(web.allowPolicies()).containsExactly(a, b);
    assertThat(web.denyPolicies()).containsExactly(c);
    ProtectedService db = snapshot.serviceAt(IpLiteral.parse("10.96.0.11")).orElseThrow();
    assertThat(db.allowPolicies()).isEmpty();
    assertThat(db.denyPolicies()).containsExactly(c);
  }

  @Test
  void refusesAPolicyThatWouldHoldNowhere() {
    ObjectName unknown = new ObjectName("default", "unknown");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeshSnapshot.of(List.of(WEB), List.of(policy("p", Action.DENY, unknown))))
        .withMessageContaining("default/p targets service default/unknown");
  }

  @Test
  void refusesOneIpForTwoServices() {
    Service thief = service("thief", "10.96.0.10");

    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeshSnapshot.of(List.of(WEB, thief), List.of()))
        .withMessageContaining("10.96.0.10");
  }

  @Test
  void refusesOneNameForTwoObjects() {
    AuthorizationPolicy policy = policy("p", Action.DENY, WEB.name());

    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeshSnapshot.of(List.of(WEB, WEB), List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> MeshSnapshot.of(List.of(WEB), List.of(policy, policy)));
  }

  private static AuthorizationPolicy policy(String name, Action action, ObjectName... targets) {
    return new AuthorizationPolicy(
        new ObjectName("default", name), action, List.of(targets), List.of());
  }

  private static Service service(String name, String... ips) {
    ServicePort port =
        new ServicePort("http", 80, TransportProtocol.TCP, new TargetPort.Named("http"));
    return new Service(
        new ObjectName("default", name),
        List.of(ips).stream().map(IpLiteral::parse).toList(),
        List.of(port));
  }
}
