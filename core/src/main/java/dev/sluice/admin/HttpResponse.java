// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import java.nio.charset.StandardCharsets;

/**
 * What is answered; the connection is closed after it.
 *
 * @param status such as 200
 * @param type of the content
 * @param allow for 405: the methods that would do; otherwise empty
 */
record HttpResponse(int status, String type, String allow, String body) {
  static final String JSON = "application/json";
  static final String TEXT = "text/plain; charset=utf-8";

  static final String HTML = "text/html; charset=utf-8";
  static final String CSS = "text/css; charset=utf-8";
  static final String SCRIPT = "text/javascript; charset=utf-8";

  /** A page runs and loads what comes from here, in files of their own, and nothing else. */
  static final String POLICY =
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
          + " img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

  /** The format of Prometheus, version 0.0.4. */
  static final String METRICS = "text/plain; version=0.0.4; charset=utf-8";

  static HttpResponse json(String body) {
    return new HttpResponse(200, JSON, "", body);
  }

  static HttpResponse text(int status, String line) {
    return new HttpResponse(status, TEXT, "", line + "\n");
  }

  static HttpResponse notAllowed(String method, String path, String expected) {
    return new HttpResponse(
        405, TEXT, expected, method + " " + path + " isn't allowed; expected " + expected + "\n");
  }

  /** Head and body; of an answer to HEAD the head alone. */
  byte[] bytes(boolean headOnly) {
    byte[] content = body.getBytes(StandardCharsets.UTF_8);
    StringBuilder head = new StringBuilder(200);
    head.append("HTTP/1.1 ").append(status).append(' ').append(reason());
    head.append("\r\nContent-Type: ").append(type);
    head.append("\r\nContent-Length: ").append(content.length);
    if (!allow.isEmpty()) {
      head.append("\r\nAllow: ").append(allow);
    }
    if (type.equals(HTML)) {
      head.append("\r\nContent-Security-Policy: ").append(POLICY);
      head.append("\r\nReferrer-Policy: no-referrer");
    }
    head.append("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff");
    head.append("\r\nConnection: close\r\n\r\n");
    byte[] first = head.toString().getBytes(StandardCharsets.US_ASCII);
    if (headOnly) {
      return first;
    }
    byte[] all = new byte[first.length + content.length];
    System.arraycopy(first, 0, all, 0, first.length);
    System.arraycopy(content, 0, all, first.length, content.length);
    return all;
  }

  private String reason() {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 413 -> "Content Too Large";
      case 431 -> "Request Header Fields Too Large";
      case 503 -> "Service Unavailable";
      default -> "Internal Server Error";
    };
  }
}
