// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import java.util.List;
import java.util.function.Predicate;

/**
 * What must be seen: a text for people, and the test that an observation has to pass. Immutable.
 *
 * @param text as it is printed
 * @param accepts whether an observation agrees
 */
record Expected(String text, Predicate<String> accepts) {
  static Expected is(String value) {
    return new Expected(value, value::equals);
  }

  /** This very address and port. */
  static Expected is(String address, int port) {
    return is((address.contains(":") ? "[" + address + "]" : address) + ":" + port);
  }

  static Expected oneOf(String... values) {
    return new Expected(String.join(" or ", values), List.of(values)::contains);
  }

  /** Any port of this address: the kernel chooses the port of a connection that a proxy makes. */
  static Expected anyPortOf(String address) {
    String prefix = (address.contains(":") ? "[" + address + "]" : address) + ":";
    return new Expected(
        prefix + "*", seen -> seen.matches(java.util.regex.Pattern.quote(prefix) + "\\d+"));
  }

  static Expected atLeastPackets(long least) {
    return new Expected("at least " + least + " packet", seen -> leadingNumber(seen) >= least);
  }

  static Expected packets(long count) {
    return new Expected(
        count + (count == 1 ? " packet" : " packets"), seen -> leadingNumber(seen) == count);
  }

  static Expected containing(String part) {
    return new Expected("… " + part + " …", seen -> seen.contains(part));
  }

  /** Two parties that must have seen the same endpoint; the observation is {@code one = other}. */
  static Expected same(String text) {
    return new Expected(
        text,
        seen -> {
          String[] sides = seen.split(" = ", -1);
          return sides.length == 2 && sides[0].equals(sides[1]) && sides[0].matches(".*:\\d+");
        });
  }

  private static long leadingNumber(String text) {
    String digits = text.replaceFirst("[^0-9].*", "");
    return digits.isEmpty() ? -1 : Long.parseLong(digits);
  }
}
