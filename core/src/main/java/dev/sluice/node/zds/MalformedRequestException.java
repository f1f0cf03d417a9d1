// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

/** Bytes that are no request of the protocol. The message is fit for a person. */
final class MalformedRequestException extends Exception {
  private static final long serialVersionUID = 1L;

  MalformedRequestException(String message) {
    super(message);
  }
}
