// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node;

/**
 * A pod, as whoever found it knows it.
 *
 * @param uid what it is known by as long as it lives: Kubernetes' uid, or {@code netns:NAME}
 * @param text for people, such as {@code namespace/name}; the uid if nothing better is known
 */
public record PodName(String uid, String text) {
  /** Longer texts come from no honest agent. */
  private static final int LONGEST = 512;

  /** Both are data of others: they are cut, and what isn't printable is replaced. */
  public PodName {
    uid = printable(uid);
    text = printable(text);
  }

  /** One of which only the uid is known. */
  public static PodName ofUid(String uid) {
    return new PodName(uid, uid);
  }

  private static String printable(String text) {
    return text.substring(0, Math.min(text.length(), LONGEST)).replaceAll("[^\\x21-\\x7e]", "?");
  }

  @Override
  public String toString() {
    return text;
  }
}
