// SPDX-License-Identifier: Apache-2.0
package dev.sluice.handover;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * The messages of the handover. The first byte tells which. {@link Hello} and {@link Refused} have
 * the same form in every protocol, so that builds that can't go on together can say so; of a hello
 * with another number only the number is read.
 */
sealed interface Message {
  /** Of everything below, and of the image. A change of either is another number. */
  int PROTOCOL = 1;

  /**
   * The first, from the new process.
   *
   * @param protocol the number that it speaks
   * @param version of its build, for the log
   * @param terms under which it would serve, by name; only those of {@link #PROTOCOL} are read
   */
  record Hello(int protocol, String version, SequencedMap<String, String> terms)
      implements Message {}

  /** The answer of a process that goes on by itself. */
  record Refused(String reason) implements Message {}

  /**
   * The answer of one that stands still. With it comes the file with the image.
   *
   * @param imageAt where in the file the image begins; before it are bytes that wait
   * @param imageLength in bytes
   * @param descriptors how many follow
   * @param outlives whether the sender stays, to wait for the receiver's end by this connection
   */
  record State(long imageAt, int imageLength, int descriptors, boolean outlives)
      implements Message {}

  /** Up to 253 of the descriptors, in the order of the image. */
  record Descriptors() implements Message {}

  /** From the new process: it has all, and serves. */
  record Taken() implements Message {}

  /** From a process that outlives what it gave away: a signal that it got, such as TERM. */
  record Signal(String name) implements Message {}

  /** To that process: the last one, with the exit code. */
  record Ended(int code) implements Message {}

  /** Its bytes. */
  default byte[] encoded() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      write(out);
    } catch (IOException e) {
      throw new IllegalStateException("writing to memory", e);
    }
    return bytes.toByteArray();
  }

  private void write(DataOutputStream out) throws IOException {
    switch (this) {
      case Hello hello -> {
        out.writeByte(1);
        out.writeInt(hello.protocol());
        out.writeUTF(hello.version());
        out.writeByte(hello.terms().size());
        for (var term : hello.terms().entrySet()) {
          out.writeUTF(term.getKey());
          out.writeUTF(term.getValue());
        }
      }
      case Refused refused -> {
        out.writeByte(2);
        out.writeUTF(refused.reason());
      }
      case State state -> {
        out.writeByte(3);
        out.writeLong(state.imageAt());
        out.writeInt(state.imageLength());
        out.writeInt(state.descriptors());
        out.writeBoolean(state.outlives());
      }
      case Descriptors _ -> out.writeByte(4);
      case Taken _ -> out.writeByte(5);
      case Signal signal -> {
        out.writeByte(6);
        out.writeUTF(signal.name());
      }
      case Ended ended -> {
        out.writeByte(7);
        out.writeInt(ended.code());
      }
    }
  }

  /**
   * The message of these bytes.
   *
   * @throws IOException if they are none
   */
  static Message of(byte[] bytes) throws IOException {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      int kind = in.readUnsignedByte();
      return switch (kind) {
        case 1 -> hello(in);
        case 2 -> new Refused(in.readUTF());
        case 3 -> new State(in.readLong(), in.readInt(), in.readInt(), in.readBoolean());
        case 4 -> new Descriptors();
        case 5 -> new Taken();
        case 6 -> new Signal(in.readUTF());
        case 7 -> new Ended(in.readInt());
        default -> throw new IOException("message of kind " + kind + "; expected 1 to 7");
      };
    }
  }

  private static Hello hello(DataInputStream in) throws IOException {
    int protocol = in.readInt();
    SequencedMap<String, String> terms = new TreeMap<>();
    if (protocol != PROTOCOL) {
      return new Hello(protocol, "", terms);
    }
    String version = in.readUTF();
    int count = in.readUnsignedByte();
    for (int i = 0; i < count; i++) {
      terms.put(in.readUTF(), in.readUTF());
    }
    return new Hello(protocol, version, terms);
  }
}
