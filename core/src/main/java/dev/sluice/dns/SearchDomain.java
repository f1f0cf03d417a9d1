// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where in the cluster's tree of names this pod is.
 *
 * @param namespace whose services are called by their name alone
 * @param clusterDomain what follows {@code svc.}, in small letters and without the last dot
 */
public record SearchDomain(String namespace, String clusterDomain) {
  private static final String LABEL = "[a-z0-9]([-a-z0-9_]{0,61}[a-z0-9])?";
  private static final Pattern DOMAIN = Pattern.compile(LABEL + "(\\." + LABEL + "){0,30}");
  private static final Pattern NAMESPACE = Pattern.compile(LABEL);

  /** How the kubelet writes it: {@code shop.svc.cluster.local}. */
  private static final Pattern SEARCH =
      Pattern.compile("(?<namespace>" + LABEL + ")\\.svc\\.(?<domain>.+)");

  /** Where a cluster that says nothing else has its names. */
  static final SearchDomain DEFAULT = new SearchDomain("default", "cluster.local");

  /**
   * Takes both in capitals too, and the domain with a last dot.
   *
   * @throws IllegalArgumentException if one is not a name; the message is fit for a user
   */
  public SearchDomain {
    namespace = namespace.toLowerCase(Locale.ROOT);
    clusterDomain = withoutDot(clusterDomain).toLowerCase(Locale.ROOT);
    if (!NAMESPACE.matcher(namespace).matches()) {
      throw new IllegalArgumentException(
          "namespace '" + namespace + "'; expected one label of letters, digits and hyphens");
    }
    if (!DOMAIN.matcher(clusterDomain).matches()) {
      throw new IllegalArgumentException(
          "cluster domain '" + clusterDomain + "'; expected a name such as cluster.local");
    }
  }

  /** What the first entry of that form says; the default if there is none. */
  static SearchDomain ofSearchList(List<String> search) {
    for (String entry : search) {
      Matcher matcher = SEARCH.matcher(withoutDot(entry).toLowerCase(Locale.ROOT));
      if (matcher.matches() && DOMAIN.matcher(matcher.group("domain")).matches()) {
        return new SearchDomain(matcher.group("namespace"), matcher.group("domain"));
      }
    }
    return DEFAULT;
  }

  private static String withoutDot(String name) {
    return name.endsWith(".") ? name.substring(0, name.length() - 1) : name;
  }
}
