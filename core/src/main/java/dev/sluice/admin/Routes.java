// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Which path is answered by whom. Made first and then only read. */
final class Routes {
  private final Map<String, Map<String, Endpoint>> byPath = new TreeMap<>();
  private final Map<String, Map<String, Endpoint>> below = new TreeMap<>();

  /** Answers, at once or later, on any thread, once. */
  @FunctionalInterface
  interface Endpoint {
    /** Must not block. */
    void answer(HttpRequest request, Consumer<HttpResponse> answer);
  }

  /** What is only looked at. */
  Routes get(String path, Endpoint endpoint) {
    byPath.computeIfAbsent(path, _ -> new HashMap<>()).put("GET", endpoint);
    return this;
  }

  /** What changes something. */
  Routes post(String path, Endpoint endpoint) {
    byPath.computeIfAbsent(path, _ -> new HashMap<>()).put("POST", endpoint);
    return this;
  }

  /** What is only looked at, for every path that begins so. */
  void getBelow(String beginning, Endpoint endpoint) {
    below.put(beginning, Map.of("GET", endpoint));
  }

  private Map<String, Endpoint> methodsOf(String path) {
    Map<String, Endpoint> methods = byPath.getOrDefault(path, Map.of());
    for (Map.Entry<String, Map<String, Endpoint>> other : below.entrySet()) {
      if (path.startsWith(other.getKey())) {
        methods = other.getValue();
      }
    }
    return methods;
  }

  /** HEAD is answered as GET. */
  void answer(HttpRequest request, Consumer<HttpResponse> answer) {
    Map<String, Endpoint> methods = methodsOf(request.path());
    String method = request.method().equals("HEAD") ? "GET" : request.method();
    if (methods.isEmpty()) {
      answer.accept(
          HttpResponse.text(
              404, "there is no " + request.path() + "; expected one of " + byPath.keySet()));
    } else if (!methods.containsKey(method)) {
      String expected = methods.containsKey("GET") ? "GET" : "";
      expected += methods.containsKey("POST") ? (expected.isEmpty() ? "" : ", ") + "POST" : "";
      answer.accept(HttpResponse.notAllowed(request.method(), request.path(), expected));
    } else {
      methods.get(method).answer(request, answer);
    }
  }
}
