// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import java.util.List;

/**
 * The left side of a condition: what of a packet is compared. Immutable.
 *
 * @param name in the words of nft(8); empty for one that no program uses
 * @param mask the bits that count
 */
record Selector(String name, long mask) {
  private static final long ALL = 0xffff_ffffL;

  static Selector of(Json left) {
    if (left.has("&")) {
      List<Json> sides = left.at("&").items();
      return sides.size() == 2
          ? new Selector(name(sides.getFirst()), union(sides.getLast()))
          : new Selector("", ALL);
    }
    return new Selector(name(left), ALL);
  }

  /** Whether only some bits count. */
  boolean isMasked() {
    return mask != ALL;
  }

  /** A number, or several that are one by OR; 0 if it is anything else. */
  static long union(Json numbers) {
    return (numbers.has("|") ? numbers.at("|") : numbers)
        .items().stream()
            .mapToLong(number -> number.has("|") ? union(number) : number.whole().orElse(0))
            .reduce(0, (a, b) -> a | b);
  }

  private static String name(Json left) {
    if (left.has("meta")) {
      return "meta " + word(left.at("meta"), "key");
    }
    if (left.has("payload")) {
      Json payload = left.at("payload");
      return word(payload, "protocol") + " " + word(payload, "field");
    }
    Json ct = left.at("ct");
    return left.has("ct") ? "ct " + (word(ct, "dir") + " " + word(ct, "key")).strip() : "";
  }

  private static String word(Json of, String member) {
    return of.at(member).text().orElse("");
  }
}
