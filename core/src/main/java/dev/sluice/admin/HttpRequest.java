// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import java.util.Map;
import java.util.Optional;

/**
 * What was asked for.
 *
 * @param method in capitals, as it was sent
 * @param path without the query, not decoded
 * @param query names and values, decoded; of a name given twice the last value
 * @param host the Host header; empty if there is none, as in HTTP/1.0
 * @param origin the Origin header: of which web page a browser asks; empty for all else
 */
record HttpRequest(
    String method,
    String path,
    Map<String, String> query,
    Optional<String> host,
    Optional<String> origin) {
  HttpRequest {
    query = Map.copyOf(query);
  }
}
