// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

/** Bytes that are no DNS message. Expected from strangers, and so without a stack trace. */
final class MalformedMessageException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedMessageException(String message) {
    super(message, null, false, false);
  }
}
