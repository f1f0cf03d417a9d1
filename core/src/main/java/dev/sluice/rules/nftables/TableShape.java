// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.Entry;
import dev.sluice.rules.TableProgram;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The chains of a table of ours, without their rules. Immutable.
 *
 * @param chains by name; empty for one that only rules call
 */
record TableShape(Map<String, Optional<BaseChain>> chains) {
  TableShape {
    chains = Map.copyOf(chains);
  }

  static TableShape of(TableProgram program) {
    Map<String, Optional<BaseChain>> chains = new LinkedHashMap<>();
    for (Entry entry : program.entries()) {
      chains.put(entry.hook().name(), Optional.of(BaseChain.of(program.table(), entry.hook())));
    }
    program.chains().forEach(chain -> chains.put(chain.name(), Optional.empty()));
    return new TableShape(chains);
  }

  /** How the kernel calls that chain; empty if it doesn't. */
  Optional<BaseChain> base(String chain) {
    return chains.getOrDefault(chain, Optional.empty());
  }

  /** Those that the kernel calls. */
  List<BaseChain> baseChains() {
    return chains.values().stream().flatMap(Optional::stream).toList();
  }

  /** Whether a chain that both have is called by the kernel in another way: it can't be changed. */
  boolean clashesWith(TableShape other) {
    return chains.entrySet().stream()
        .anyMatch(
            chain -> {
              Optional<BaseChain> theirs = other.chains.get(chain.getKey());
              return theirs != null && !theirs.equals(chain.getValue());
            });
  }
}
