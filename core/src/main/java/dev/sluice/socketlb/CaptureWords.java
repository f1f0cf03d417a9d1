// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.TypedMap;
import dev.sluice.net.AddressText;
import dev.sluice.net.Direction;
import dev.sluice.socketlb.CaptureTables.Listing;
import dev.sluice.socketlb.CaptureTables.PortRule;
import dev.sluice.socketlb.CaptureTables.SubnetRule;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Capture's options as the words of {@code sluice capture on} that ask for them, read from the maps
 * that the programs go by: nothing else remembers them. Those that are the default are left out.
 * The command's defaults are those of {@code CaptureFilter} and {@code CaptureCommand}.
 */
final class CaptureWords {
  private static final Set<Integer> EXCLUDED = Set.of(15_020, 15_021, 15_090);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final List<String> words = new ArrayList<>();

  private CaptureWords() {}

  static List<String> of(InstalledFeature feature, CaptureSettings settings) throws IOException {
    try (BpfMap ports = feature.openMap("ports");
        BpfMap subnets = feature.openMap("subnets")) {
      return of(
          settings,
          TypedMap.of(ports, CaptureTables.portRules(), anything()).readAll().keySet(),
          TypedMap.of(subnets, CaptureTables.subnetRules(), anything()).readAll().keySet());
    }
  }

  static List<String> of(CaptureSettings settings, Set<PortRule> ports, Set<SubnetRule> subnets) {
    CaptureWords made = new CaptureWords();
    made.add("-p", settings.ports().outbound(), 15_001);
    made.add("-z", settings.ports().inbound(), 15_006);
    Set<Integer> excluded = numbers(ports, Direction.INBOUND, Listing.EXCLUDED);
    excluded.remove(CaptureOptions.TUNNEL_PORT);
    if (!settings.everyPort()) {
      made.list("-b", numbers(ports, Direction.INBOUND, Listing.INCLUDED));
    } else if (!excluded.equals(EXCLUDED)) {
      made.list("-d", excluded);
    }
    if (!settings.everyAddress()) {
      made.list("-i", blocks(subnets, Listing.INCLUDED));
    }
    made.listIfAny("-x", blocks(subnets, Listing.EXCLUDED));
    made.listIfAny("-q", numbers(ports, Direction.OUTBOUND, Listing.INCLUDED));
    made.listIfAny("-o", numbers(ports, Direction.OUTBOUND, Listing.EXCLUDED));
    if (settings.whenDead() == Capture.WhenDead.OPEN) {
      made.words.addAll(List.of("--on-proxy-death", settings.whenDead().word()));
    }
    if (!settings.patience().equals(PATIENCE)) {
      made.words.addAll(List.of("--patience", settings.patience().toMillis() + "ms"));
    }
    return List.copyOf(made.words);
  }

  private static Set<Integer> numbers(Set<PortRule> rules, Direction direction, Listing listing) {
    return rules.stream()
        .filter(rule -> rule.direction() == direction && rule.listing() == listing)
        .map(PortRule::port)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static Set<String> blocks(Set<SubnetRule> rules, Listing listing) {
    return rules.stream()
        .filter(rule -> rule.listing() == listing)
        .map(rule -> AddressText.of(rule.block().network()) + "/" + rule.block().prefixLength())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private void add(String option, int value, int usual) {
    if (value != usual) {
      words.addAll(List.of(option, Integer.toString(value)));
    }
  }

  private void listIfAny(String option, Collection<?> values) {
    if (!values.isEmpty()) {
      list(option, values);
    }
  }

  /** An empty list is an empty word, for a shell. */
  private void list(String option, Collection<?> values) {
    String joined = values.stream().map(Object::toString).collect(Collectors.joining(","));
    words.addAll(List.of(option, joined.isEmpty() ? "''" : joined));
  }

  private static BpfCodec<Boolean> anything() {
    return BpfCodec.of(1, (_, to) -> to.put((byte) 1), _ -> true);
  }
}
