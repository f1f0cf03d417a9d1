// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import dev.sluice.node.PodName;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** The messages of the protocol as bytes. Pure. */
final class Messages {
  /** The agent reads no more than 1024 bytes. */
  private static final int MOST_ERROR_BYTES = 900;

  private static final int ADD = 1;
  private static final int DELETE = 2;
  private static final int SNAPSHOT_SENT = 3;
  private static final int KEEP = 5;

  private Messages() {}

  /** The greeting, with version 1: {@code ZdsHello}. */
  static byte[] hello() {
    return new byte[] {0x08, 1};
  }

  /** The answer to every request; {@code error} is empty if it was done. */
  static byte[] acknowledgement(String error) {
    byte[] text = error.getBytes(StandardCharsets.UTF_8);
    int length = text.length;
    if (length > MOST_ERROR_BYTES) {
      length = MOST_ERROR_BYTES;
      while ((text[length] & 0xc0) == 0x80) {
        length--;
      }
    }
    ByteArrayOutputStream acknowledgement = new ByteArrayOutputStream();
    if (length > 0) {
      writeField(acknowledgement, text, length);
    }
    ByteArrayOutputStream response = new ByteArrayOutputStream();
    writeField(response, acknowledgement.toByteArray(), acknowledgement.size());
    return response.toByteArray();
  }

  /** Field 1, which is the only one in either message. */
  private static void writeField(ByteArrayOutputStream to, byte[] content, int length) {
    to.write((1 << 3) | 2);
    int left = length;
    while (left > 0x7f) {
      to.write((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    to.write(left);
    to.write(content, 0, length);
  }

  /** Reads a request; of several in one message the last counts, as protobuf has it. */
  static AgentRequest request(byte[] bytes) throws MalformedRequestException {
    Fields fields = new Fields(ByteBuffer.wrap(bytes));
    @Nullable AgentRequest request = null;
    while (fields.next()) {
      switch (fields.number()) {
        case ADD -> request = add(fields.message());
        case KEEP -> request = new AgentRequest.Keep(uid(fields.message(), 1));
        case DELETE -> request = new AgentRequest.Delete(uid(fields.message(), 2));
        case SNAPSHOT_SENT -> {
          fields.skip();
          request = new AgentRequest.SnapshotSent();
        }
        default -> fields.skip();
      }
    }
    if (request == null) {
      throw new MalformedRequestException(
          "no request in it that is known; expected add, keep, del or snapshot_sent");
    }
    return request;
  }

  private static AgentRequest add(Fields fields) throws MalformedRequestException {
    String uid = "";
    PodName info = PodName.ofUid("");
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> uid = fields.text();
        case 2 -> info = info(fields.message());
        default -> fields.skip();
      }
    }
    return new AgentRequest.Add(
        new PodName(required(uid), info.namespace(), info.name(), info.serviceAccount()));
  }

  /** {@code WorkloadInfo}; the uid isn't in it. */
  private static PodName info(Fields fields) throws MalformedRequestException {
    String name = "";
    String namespace = "";
    String serviceAccount = "";
    while (fields.next()) {
      switch (fields.number()) {
        case 1 -> name = fields.text();
        case 2 -> namespace = fields.text();
        case 3 -> serviceAccount = fields.text();
        default -> fields.skip();
      }
    }
    return new PodName("", namespace, name, serviceAccount);
  }

  private static String uid(Fields fields, int number) throws MalformedRequestException {
    String uid = "";
    while (fields.next()) {
      if (fields.number() == number) {
        uid = fields.text();
      } else {
        fields.skip();
      }
    }
    return PodName.ofUid(required(uid)).uid();
  }

  private static String required(String uid) throws MalformedRequestException {
    if (uid.isEmpty()) {
      throw new MalformedRequestException("a pod without a uid");
    }
    return uid;
  }
}
