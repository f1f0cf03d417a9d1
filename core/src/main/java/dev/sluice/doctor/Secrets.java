// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes out of a text what nobody else may see, before it leaves the machine: keys, tokens,
 * passwords. What looks like one is masked too; better too much than too little. Pure.
 */
public final class Secrets {
  /** What stands in their place. */
  public static final String MASK = "***";

  private static final String NAMES =
      "(?:pass(?:word|wd|phrase)?|secrets?|tokens?|api[-_]?keys?|private[-_]?keys?|credentials?"
          + "|authorization|cookies?)";

  private static final Pattern KEY =
      Pattern.compile(
          "-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\\z)",
          Pattern.DOTALL);

  /** RFC 7519: three parts in base64url, the first of which begins a JSON object. */
  private static final Pattern JSON_WEB_TOKEN =
      Pattern.compile("eyJ[\\w-]{8,}\\.[\\w-]+(?:\\.[\\w-]*)?");

  private static final Pattern IN_ADDRESS = Pattern.compile("(://)[^/\\s@]+@");

  private static final Pattern BEARER =
      Pattern.compile("\\b(bearer|basic)(\\s+)[\\w.~+/=-]{6,}", Pattern.CASE_INSENSITIVE);

  /** {@code NAME=value}, {@code "name": "value"}, {@code --name value}. */
  private static final Pattern NAMED =
      Pattern.compile(
          "([\\w.-]*"
              + NAMES
              + "[\\w.-]*\"?(?:\\s*[=:]\\s*))(?:\"(?:[^\"\\\\]|\\\\.)*\"|'[^']*'|[^\\s,;&\"']+)"
              + "|(--[\\w-]*"
              + NAMES
              + "[\\w-]*[ \\t]+)[^\\s-][^\\s]*",
          Pattern.CASE_INSENSITIVE);

  private Secrets() {}

  /** The text without them. */
  public static String masked(String text) {
    String masked = KEY.matcher(text).replaceAll(MASK);
    masked = JSON_WEB_TOKEN.matcher(masked).replaceAll(MASK);
    masked = IN_ADDRESS.matcher(masked).replaceAll("$1" + MASK + "@");
    masked = BEARER.matcher(masked).replaceAll("$1$2" + MASK);
    return NAMED
        .matcher(masked)
        .replaceAll(
            found -> {
              String name = found.group(1) == null ? found.group(2) : found.group(1);
              return Matcher.quoteReplacement(name + MASK);
            });
  }
}
