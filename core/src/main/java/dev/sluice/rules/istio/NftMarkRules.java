// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.istio;

/** For nft with TPROXY: marks, emitted last and inserted first. */
final class NftMarkRules {
  private NftMarkRules() {}

  static void add(NftLines mangle, IstioOptions options) {
    String mark = options.inbound().mark();
    mangle.append("prerouting", "meta l4proto tcp mark " + mark + " counter ct mark set mark");
    mangle.append("output", "oifname lo meta l4proto tcp mark " + mark + " counter return");
    IstioOptions.split(options.owners().users())
        .forEach(user -> selfCall(mangle, options, "skuid " + user));
    IstioOptions.split(options.owners().groups())
        .forEach(group -> selfCall(mangle, options, "skgid " + group));
    mangle.append("output", "meta l4proto tcp ct mark " + mark + " counter meta mark set ct mark");
    mangle.insert("istio-inbound", 0, "meta l4proto tcp mark " + mark + " counter return");
    mangle.insert(
        "istio-inbound", 1, "iifname lo meta l4proto tcp ip saddr 127.0.0.6/32 counter return");
    if (options.ipv6()) {
      mangle.insert(
          "istio-inbound", 1, "iifname lo meta l4proto tcp ip6 saddr ::6/128 counter return");
    }
    mangle.insert("istio-inbound", 2, "iifname lo meta l4proto tcp mark != 1338 counter return");
  }

  private static void selfCall(NftLines mangle, IstioOptions options, String owner) {
    selfCall(mangle, "ip daddr != " + options.outbound().loopback(), owner);
    if (options.ipv6()) {
      selfCall(mangle, "ip6 daddr != ::1/128", owner);
    }
  }

  private static void selfCall(NftLines mangle, String notLoopback, String owner) {
    mangle.append(
        "output",
        "oifname lo meta l4proto tcp " + notLoopback + " " + owner + " counter meta mark set 1338");
  }
}
