// SPDX-License-Identifier: Apache-2.0
package dev.sluice.relay;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.MemoryFile;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.linux.socket.SplicePipe;
import dev.sluice.upstream.FrozenConnect;

/** What another process would receive of a connection. */
final class Copies {
  private Copies() {}

  static FrozenConnection of(FrozenConnection frozen) {
    return new FrozenConnection(
        frozen.origin(),
        frozen.acceptedAtNanos(),
        copy(frozen.downstream()),
        switch (frozen.upstream()) {
          case FrozenConnection.Connecting connecting -> connecting(connecting.connect());
          case FrozenConnection.Relayed relayed ->
              new FrozenConnection.Relayed(
                  relayed.leg(),
                  relayed.note(),
                  copy(relayed.descriptor()),
                  of(relayed.received()),
                  of(relayed.sent()));
        });
  }

  private static FrozenConnection.Connecting connecting(FrozenConnect connect) {
    return new FrozenConnection.Connecting(
        new FrozenConnect(
            connect.attempts(),
            connect.note(),
            copy(connect.descriptor()),
            connect.source(),
            connect.ticksLeft()));
  }

  private static FrozenDirection of(FrozenDirection frozen) {
    return new FrozenDirection(
        frozen.totals(), frozen.end(), frozen.mistrusting(), of(frozen.waiting()));
  }

  private static FrozenDirection.Waiting of(FrozenDirection.Waiting waiting) {
    return switch (waiting) {
      case FrozenDirection.Nothing nothing -> nothing;
      case FrozenDirection.InFile file -> file;
      case FrozenDirection.InBuffer there -> {
        try {
          MemoryFile file = MemoryFile.create("test");
          file.append(new byte[3]);
          file.append(there.buffer(), there.offset(), there.length());
          yield new FrozenDirection.InFile(file, 3, there.length());
        } catch (SyscallException e) {
          throw new IllegalStateException(e);
        }
      }
      case FrozenDirection.InPipe there ->
          new FrozenDirection.InPipe(
              SplicePipe.owning(
                  FileDescriptor.owning(copy(there.pipe().readEnd())),
                  FileDescriptor.owning(copy(there.pipe().writeEnd()))),
              there.length());
    };
  }

  private static int copy(int descriptor) {
    int copy = Sockets.duplicate(descriptor);
    if (copy < 0) {
      throw new IllegalStateException("duplicating " + descriptor + ": " + copy);
    }
    return copy;
  }
}
