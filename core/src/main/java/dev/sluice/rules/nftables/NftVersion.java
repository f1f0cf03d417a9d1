// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.RulesException;
import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The version of nft(8). Immutable. */
record NftVersion(int major, int minor, int patch) implements Comparable<NftVersion> {
  /** The least that Istio's tool takes. */
  static final NftVersion LEAST = new NftVersion(1, 0, 1);

  private static final Pattern PRINTED = Pattern.compile("\\bv(\\d+)\\.(\\d+)(?:\\.(\\d+))?");

  /**
   * Checks what {@code nft --version} printed.
   *
   * @throws RulesException if that is too old, or no version
   */
  static void require(String printed) throws RulesException {
    if (!suffices(printed)) {
      throw new RulesException(
          "the nft that is installed says '%s'; expected version %s or later"
              .formatted(printed.strip(), LEAST));
    }
  }

  /** Whether that is the version of an nft that is new enough. */
  static boolean suffices(String printed) {
    return parse(printed).filter(version -> version.compareTo(LEAST) >= 0).isPresent();
  }

  /** From {@code nftables v1.0.6 (Lester Gooch #5)}. */
  static Optional<NftVersion> parse(String text) {
    Matcher matcher = PRINTED.matcher(text);
    if (!matcher.find()) {
      return Optional.empty();
    }
    String patch = matcher.group(3);
    return Optional.of(
        new NftVersion(
            Integer.parseInt(matcher.group(1)),
            Integer.parseInt(matcher.group(2)),
            patch == null ? 0 : Integer.parseInt(patch)));
  }

  @Override
  public int compareTo(NftVersion other) {
    return Arrays.compare(
        new int[] {major, minor, patch}, new int[] {other.major, other.minor, other.patch});
  }

  @Override
  public String toString() {
    return major + "." + minor + "." + patch;
  }
}
