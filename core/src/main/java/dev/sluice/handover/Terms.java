// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * What has to be the same in two processes of which one takes over from the other: where they
 * listen and how connections get there. Immutable.
 *
 * @param version of the build, which may differ
 * @param values by name, such as {@code outbound port}
 */
public record Terms(String version, SequencedMap<String, String> values) {
  /** Copies the map. */
  public Terms {
    values = Collections.unmodifiableSequencedMap(new TreeMap<>(values));
  }

  Message.Hello hello() {
    return new Message.Hello(Message.PROTOCOL, version, values);
  }

  /** Why a process that says {@code hello} may not take over from one with these; or empty. */
  Optional<String> against(Message.Hello hello) {
    if (hello.protocol() != Message.PROTOCOL) {
      return Optional.of(
          "it speaks protocol "
              + hello.protocol()
              + " of the handover; expected "
              + Message.PROTOCOL
              + ", that of version "
              + version);
    }
    List<String> different = new ArrayList<>();
    SequencedMap<String, String> names = new TreeMap<>(values);
    names.putAll(hello.terms());
    for (String name : names.sequencedKeySet()) {
      String own = Objects.requireNonNullElse(values.get(name), "none");
      String theirs = Objects.requireNonNullElse(hello.terms().get(name), "none");
      if (!own.equals(theirs)) {
        different.add(name + " " + theirs + "; expected " + own);
      }
    }
    return different.isEmpty()
        ? Optional.empty()
        : Optional.of("it would serve with " + String.join(", and ", different));
  }
}
