// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The script for nft, of both families, in Istio's order (tools/istio-nftables/pkg/capture/run.go
 * of istio/istio).
 */
final class NftRules {
  private NftRules() {}

  static List<String> of(IstioOptions options) {
    NftLines nat = nat();
    NftLines mangle = mangle();
    NftLines raw = raw();
    NftInboundRules inbound = new NftInboundRules(options, nat, mangle);
    NftOutboundRules outbound = new NftOutboundRules(options, nat);
    inbound.interfaces();
    inbound.dropInvalid();
    inbound.listeners();
    if (options.capturesInbound()) {
      inbound.inbound();
    }
    outbound.owners();
    if (options.capturesDns()) {
      NftDnsRules.add(nat, raw, options);
    }
    outbound.destinations();
    if (options.tproxy()) {
      NftMarkRules.add(mangle, options);
    }
    return Stream.of(nat, mangle, raw).flatMap(table -> table.script().stream()).toList();
  }

  /** What {@code --cleanup-only} feeds to nft. */
  static List<String> cleanUp() {
    return Stream.of("nat", "mangle", "raw")
        .map(table -> "table inet istio-proxy-" + table)
        .flatMap(table -> Stream.of("add " + table, "delete " + table))
        .toList();
  }

  private static NftLines nat() {
    Map<String, String> chains = new LinkedHashMap<>();
    chains.put("prerouting", base("nat", "prerouting", -100));
    chains.put("output", base("nat", "output", -100));
    chains.put("istio-inbound", "");
    chains.put("istio-redirect", "");
    chains.put("istio-in-redirect", "");
    chains.put("istio-output", "");
    chains.put("istio-output-dns", "");
    return new NftLines("istio-proxy-nat", chains);
  }

  private static NftLines mangle() {
    Map<String, String> chains = new LinkedHashMap<>();
    chains.put("prerouting", base("filter", "prerouting", -150));
    chains.put("output", base("route", "output", -150));
    chains.put("istio-divert", "");
    chains.put("istio-tproxy", "");
    chains.put("istio-inbound", "");
    chains.put("istio-drop", "");
    return new NftLines("istio-proxy-mangle", chains);
  }

  private static NftLines raw() {
    Map<String, String> chains = new LinkedHashMap<>();
    chains.put("prerouting", base("filter", "prerouting", -300));
    chains.put("output", base("filter", "output", -300));
    chains.put("istio-inbound", "");
    chains.put("istio-output-dns", "");
    return new NftLines("istio-proxy-raw", chains);
  }

  private static String base(String type, String hook, int priority) {
    return " { type %s hook %s priority %d ; }".formatted(type, hook, priority);
  }
}
