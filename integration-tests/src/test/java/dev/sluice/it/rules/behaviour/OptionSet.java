// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules.behaviour;

import dev.sluice.rules.Interception;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.explain.Origin;
import dev.sluice.rules.explain.Proxy;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * A row of the behaviour table: options, and what they promise of each connection. Immutable.
 *
 * @param promises by hand, from the meaning of the options; connections that it doesn't speak of
 *     are not made
 */
record OptionSet(String name, RuleOptions options, Map<Dial, Place> promises) {
  OptionSet {
    promises = Collections.unmodifiableMap(new TreeMap<>(promises));
  }

  /** The same promise but for these. */
  OptionSet but(Place place, Dial... dials) {
    Map<Dial, Place> changed = new TreeMap<>(promises);
    for (Dial dial : dials) {
      changed.put(dial, place);
    }
    return new OptionSet(name, options, changed);
  }

  /** The same but for those of these that it speaks of. */
  OptionSet butIfPromised(Place place, Dial... dials) {
    return but(place, Stream.of(dials).filter(promises::containsKey).toArray(Dial[]::new));
  }

  /** The same but for these, if so. */
  OptionSet butIf(boolean so, Place place, Dial... dials) {
    return so ? but(place, dials) : this;
  }

  /** Options in the place of these, which make the same promise so far. */
  OptionSet with(String what, RuleOptions other) {
    boolean mode = other.interception() != options.interception();
    return new OptionSet(mode ? what : name + ", " + what, other, promises);
  }

  /** Without a promise for these: the option has no meaning for them. */
  OptionSet silentOn(Dial... dials) {
    Map<Dial, Place> changed = new TreeMap<>(promises);
    for (Dial dial : dials) {
      changed.remove(dial);
    }
    return new OptionSet(name, options, changed);
  }

  /** The proxy as these options know it. */
  Proxy proxy() {
    int mark = options.interception() == Interception.NODE ? options.proxy().mark() : 0;
    return new Proxy(
        options.ports(),
        new Origin.Local(
            options.proxy().users().getFirst(), options.proxy().groups().getFirst(), mark));
  }

  @Override
  public String toString() {
    return name;
  }
}
