// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Chains of another mesh's rules. Immutable.
 *
 * @param mesh whose, by the names of its chains
 * @param program that lists them, such as {@code iptables-nft}
 * @param prefix what its chains begin with
 * @param chains each as {@code table CHAIN}; with nft, each table as {@code family TABLE}
 */
public record MeshRules(String mesh, String program, String prefix, List<String> chains) {
  /** Those that take TCP connections over; load balancers and firewalls live beside a mesh. */
  private static final Map<String, String> PREFIXES = new LinkedHashMap<>();

  /** istio/istio: tools/istio-nftables/pkg/constants/constants.go, of a sidecar and of ambient. */
  private static final Pattern ISTIO_TABLE =
      Pattern.compile("table ((?:ip|ip6|inet) istio-(?:proxy|ambient)-(?:nat|mangle|raw))");

  private static final String NFT = "nft";

  private static final List<String> LISTERS =
      List.of("iptables-nft", "ip6tables-nft", "iptables-legacy", "ip6tables-legacy");

  static {
    PREFIXES.put("ISTIO_", "Istio");
    PREFIXES.put("PROXY_INIT_", "Linkerd");
    PREFIXES.put("KUMA_", "Kuma");
    PREFIXES.put("MESH_", "Kuma");
    PREFIXES.put("CONSUL_", "Consul");
    PREFIXES.put("OSM_", "Open Service Mesh");
    PREFIXES.put("APPMESH_", "App Mesh");
  }

  /** Copies the list. */
  public MeshRules {
    chains = List.copyOf(chains);
  }

  /** Asks every iptables that is installed, where {@code runner} runs it. */
  static List<MeshRules> find(CommandRunner runner) throws RulesException {
    List<MeshRules> found = new ArrayList<>();
    for (String program : LISTERS) {
      if (Programs.find(program + "-save").isPresent()) {
        CommandResult saved = runner.attempt(Command.of(program + "-save"));
        found.addAll(parse(program, saved.output()));
      }
    }
    if (Programs.find(NFT).isPresent()) {
      parseTables(runner.attempt(Command.of(NFT, "list", "tables")).output()).ifPresent(found::add);
    }
    return found;
  }

  /** Istio's, in tables of its own. */
  static Optional<MeshRules> parseTables(String listed) {
    List<String> tables =
        listed
            .lines()
            .map(line -> ISTIO_TABLE.matcher(line.strip()))
            .filter(Matcher::matches)
            .map(table -> table.group(1))
            .toList();
    return tables.isEmpty()
        ? Optional.empty()
        : Optional.of(new MeshRules("Istio", NFT, "istio-", tables));
  }

  static List<MeshRules> parse(String program, String saved) {
    Map<String, Set<String>> chains = new LinkedHashMap<>();
    String table = "";
    for (String line : saved.lines().toList()) {
      if (line.startsWith("*")) {
        table = line.substring(1);
      } else if (line.startsWith(":")) {
        String name = line.substring(1).split(" ", 2)[0];
        for (String prefix : PREFIXES.keySet()) {
          if (name.startsWith(prefix)) {
            chains.computeIfAbsent(prefix, _ -> new TreeSet<>()).add(table + " " + name);
          }
        }
      }
    }
    List<MeshRules> found = new ArrayList<>();
    chains.forEach(
        (prefix, names) ->
            found.add(
                new MeshRules(
                    PREFIXES.getOrDefault(prefix, prefix), program, prefix, List.copyOf(names))));
    return found;
  }

  /** Removes the chains and the rules that call them, and nothing else. */
  String removal() {
    if (program.equals(NFT)) {
      return "nft '"
          + String.join("; ", chains.stream().map(table -> "delete table " + table).toList())
          + "'";
    }
    return "sh -c '%s-save | grep -v %s | %s-restore'".formatted(program, prefix, program);
  }
}
