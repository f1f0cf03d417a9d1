// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import java.util.Optional;

/**
 * Tells what the page of a stranger has a browser ask from what an operator asks. A page's own name
 * can be given the address 127.0.0.1 by its DNS (rebinding), but stays in the Host; a page of
 * another name can send a POST all the same, but with its Origin.
 */
final class WebPage {
  private WebPage() {}

  /** Why a request may not be answered; empty if it may. */
  static Optional<String> objection(HttpRequest request) {
    if (request.host().isPresent() && !isLoopback(withoutPort(request.host().get()))) {
      return Optional.of("the Host is another one; expected localhost, 127.0.0.1 or [::1]");
    }
    boolean foreign =
        request.origin().isPresent()
            && !request.origin().get().equalsIgnoreCase("http://" + request.host().orElse(""));
    return foreign
        ? Optional.of("the Origin is another page; expected none, or that of the Host")
        : Optional.empty();
  }

  private static boolean isLoopback(String name) {
    return name.equalsIgnoreCase("localhost")
        || name.equals("[::1]")
        || name.matches("127(\\.[0-9]{1,3}){3}");
  }

  private static String withoutPort(String host) {
    int colon = host.lastIndexOf(':');
    return colon < 0 || host.endsWith("]") ? host : host.substring(0, colon);
  }
}
