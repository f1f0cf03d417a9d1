// SPDX-License-Identifier: Apache-2.0
package dev.sluice.net;

import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The mark (SO_MARK) of sockets whose connections need no proxy: the load balancer sets it, and a
 * rule of {@code sluice init} leaves packets with exactly this mark alone. See <a
 * href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>. Immutable.
 *
 * @param value all 32 bits; not 0, and by its lower twelve bits none of the marks that rules of
 *     Sluice or Istio mean something else by
 */
public record ExemptMark(int value) {
  // Before the default, which is checked by them.
  private static final int ISTIO_BITS = 0xfff;

  /** Towards the proxy, from it, of what leaves with TPROXY, and of a node's proxy's answers. */
  private static final Set<Integer> TAKEN = Set.of(1337, 1338, 1339, 1340, 0x111);

  /**
   * 0x1000: outside the twelve bits that Istio looks at, and none of the bits that kube-proxy
   * (0x4000, 0x8000), the CNI's port mapping (0x2000), Calico or Cilium (the upper sixteen) use.
   */
  public static final ExemptMark DEFAULT = new ExemptMark(0x1000);

  private static final Pattern NUMBER = Pattern.compile("0x[0-9a-fA-F]{1,8}|[0-9]{1,10}");

  /**
   * Checks the value.
   *
   * @throws IllegalArgumentException if it is 0 or taken
   */
  public ExemptMark {
    if (value == 0 || TAKEN.contains(value & ISTIO_BITS)) {
      throw wrong("0x" + Integer.toHexString(value));
    }
  }

  /**
   * Reads {@code 4096}, {@code 0x1000}, or {@code none} for no mark at all.
   *
   * @throws IllegalArgumentException if {@code text} is none of these, or the value is taken
   */
  public static Optional<ExemptMark> parse(String text) {
    if (text.equals("none")) {
      return Optional.empty();
    }
    long value = NUMBER.matcher(text).matches() ? Long.decode(decimal(text)) : 0;
    if (value < 1 || value > 0xffff_ffffL) {
      throw wrong("'" + text + "'");
    }
    return Optional.of(new ExemptMark((int) value));
  }

  /** Without the zeros in front, by which {@code decode} would take it for octal. */
  private static String decimal(String text) {
    return text.startsWith("0x") ? text : text.replaceFirst("^0+(?=.)", "");
  }

  private static IllegalArgumentException wrong(String given) {
    return new IllegalArgumentException(
        given
            + "; expected none, or 1 to 4294967295 (0x is possible) whose lower twelve bits are"
            + " not 0x539, 0x53a, 0x53b or 0x111, which have their own meaning");
  }

  /** {@code 0x1000}. */
  @Override
  public String toString() {
    return "0x" + Integer.toHexString(value);
  }
}
