// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.model.EndpointState;
import dev.sluice.model.MeshSnapshot;
import dev.sluice.model.ObjectName;
import dev.sluice.model.PortEndpoints;
import dev.sluice.model.Service;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServiceNamesTest {
  private static final SearchDomain SHOP = new SearchDomain("shop", "cluster.local");
  private static final Service WEB = Rig.service("web", "10.96.0.10", "fd00::10");

  /** No cluster IP, as a headless service and one of type ExternalName. */
  private static final Service DB = Rig.service("db");

  @ParameterizedTest
  @CsvSource({
    "web, shop, true",
    "web, default, false",
    "web.shop, default, true",
    "web.shop.svc, default, true",
    "web.shop.svc.cluster.local, default, true",
    "web.shop.svc.cluster.local, shop, true",
    "web.shop.cluster.local, shop, false",
    "web.other, shop, false",
    "web.shop.svc.cluster.local.shop.svc.cluster.local, shop, false",
    "a.web.shop, shop, false",
    "shop, shop, false",
    "'', shop, false",
  })
  void knowsTheFormsOfAName(String name, String namespace, boolean known) {
    ServiceNames names =
        ServiceNames.of(snapshot(WEB), new SearchDomain(namespace, "cluster.local"));
    assertThat(names.find(name).isPresent()).isEqualTo(known);
    assertThat(names.services()).isEqualTo(1);
  }

  @Test
  void takesTheClusterIpsInTheirOrder() {
    assertThat(addresses(snapshot(WEB), "web"))
        .contains(List.of("10.96.0.10", "fd00:0:0:0:0:0:0:10"));
  }

  @Test
  void takesTheReadyEndpointsOfAHeadlessService() {
    MeshSnapshot snapshot =
        MeshSnapshot.of(
            List.of(DB),
            List.of(
                Rig.endpoints(DB, EndpointState.READY, "fd00::2", "10.1.0.2", "10.1.0.1"),
                Rig.endpoints(DB, EndpointState.NOT_READY, "10.1.0.3", "10.1.0.1"),
                Rig.endpoints(DB, EndpointState.SERVING_TERMINATING, "10.1.0.4")),
            List.of());
    assertThat(addresses(snapshot, "db.shop.svc"))
        .contains(List.of("10.1.0.1", "10.1.0.2", "fd00:0:0:0:0:0:0:2"));
  }

  @Test
  void takesEveryEndpointWhereTheServiceSaysSo() {
    Service all = new Service(DB.name(), List.of(), DB.ports(), Optional.empty(), true);
    PortEndpoints endpoints = Rig.endpoints(all, EndpointState.NOT_READY, "10.1.0.3");
    assertThat(addresses(MeshSnapshot.of(List.of(all), List.of(endpoints), List.of()), "db"))
        .contains(List.of("10.1.0.3"));
  }

  @Test
  void leavesServicesWithoutAnyAddressToOthers() {
    assertThat(addresses(snapshot(DB), "db")).isEmpty();
    assertThat(ServiceNames.of(snapshot(DB), SHOP).services()).isZero();
  }

  @Test
  void knowsThatAHeadlessServiceHasNobodyReady() {
    PortEndpoints endpoints = Rig.endpoints(DB, EndpointState.NOT_READY, "10.1.0.3");
    assertThat(addresses(MeshSnapshot.of(List.of(DB), List.of(endpoints), List.of()), "db"))
        .contains(List.of());
  }

  @Test
  void tellsNamespacesApart() {
    Service other =
        new Service(
            new ObjectName("other", "web"),
            List.of(InetAddress.ofLiteral("10.96.0.99")),
            List.of(Rig.port()));
    assertThat(addresses(snapshot(WEB, other), "web.other")).contains(List.of("10.96.0.99"));
    assertThat(addresses(snapshot(WEB, other), "web").orElseThrow()).contains("10.96.0.10");
  }

  @Test
  void readsWhereItIsFromTheSearchList() {
    assertThat(search("shop.svc.Corp.Example. svc.corp.example corp.example lan"))
        .isEqualTo(new SearchDomain("shop", "corp.example"));
    assertThat(search("lan svc.cluster.local")).isEqualTo(SearchDomain.DEFAULT);
    assertThat(search("")).isEqualTo(SearchDomain.DEFAULT);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "a b", "-a", "a..b"})
  void refusesWhatIsNoName(String name) {
    assertThatIllegalArgumentException().isThrownBy(() -> new SearchDomain("shop", name));
    assertThatIllegalArgumentException().isThrownBy(() -> new SearchDomain(name, "local"));
  }

  private static SearchDomain search(String list) {
    return ResolverFile.parse("search " + list + "\n").searchDomain();
  }

  private static MeshSnapshot snapshot(Service... services) {
    return MeshSnapshot.of(List.of(services), List.of());
  }

  private static Optional<List<String>> addresses(MeshSnapshot snapshot, String name) {
    return ServiceNames.of(snapshot, SHOP)
        .find(name)
        .map(found -> found.stream().map(InetAddress::getHostAddress).toList());
  }
}
