// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

/**
 * Names of interfaces between the spelling of programs, which is that of iptables, and nft's: there
 * {@code eth+} is every name that starts so, here {@code eth*}. Pure.
 */
final class InterfacePattern {
  private InterfacePattern() {}

  /** In quotes, so that no name is taken for a word of the language. */
  static String toNft(String name) {
    if (name.chars().anyMatch(c -> c == '"' || c == '\\' || c <= ' ')) {
      throw new IllegalArgumentException(
          "interface name '" + name + "'; expected no quote, backslash or blank");
    }
    boolean pattern = name.endsWith("+");
    String stem = pattern ? name.substring(0, name.length() - 1) : name;
    String literal = stem.endsWith("*") ? stem.substring(0, stem.length() - 1) + "\\*" : stem;
    return '"' + literal + (pattern ? "*" : "") + '"';
  }

  /** From what nft lists, without quotes. */
  static String fromNft(String text) {
    if (text.endsWith("\\*")) {
      return text.substring(0, text.length() - 2) + "*";
    }
    return text.endsWith("*") ? text.substring(0, text.length() - 1) + "+" : text;
  }
}
