// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import dev.sluice.admin.HttpListener.Entrance;
import dev.sluice.linux.Errno;
import dev.sluice.linux.NativeBuffer;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.loop.LoopDescriptor;
import dev.sluice.loop.Timed;
import dev.sluice.loop.Worker;
import java.time.Duration;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One request and its answer; then it closes. A client that is slow to ask or to take the answer is
 * cut off. Event-loop confined; owns its descriptor.
 */
final class HttpConnection extends Timed implements LoopDescriptor.Handler {
  private static final long MOST_TICKS = Worker.ticks(Duration.ofSeconds(10));

  private final LoopDescriptor socket;
  private final Worker worker;
  private final Entrance entrance;
  private final Consumer<HttpConnection> onClosed;
  private final long startTick;
  private final RequestReader reader = new RequestReader();
  private boolean asked;
  private boolean headOnly;
  private byte @Nullable [] answer;
  private int written;

  HttpConnection(
      int descriptor, Worker worker, Entrance entrance, Consumer<HttpConnection> onClosed) {
    this.socket = new LoopDescriptor(descriptor, this);
    this.worker = worker;
    this.entrance = entrance;
    this.onClosed = onClosed;
    this.startTick = worker.tick();
  }

  void start() {
    worker.watch(this);
    socket.register(worker.eventLoop());
  }

  @Override
  public void ready(int events) {
    if ((events & (LoopDescriptor.ERROR | LoopDescriptor.HANGUP)) != 0) {
      close();
      return;
    }
    if (!asked) {
      read();
    } else if (answer != null) {
      write();
    }
  }

  private void read() {
    NativeBuffer buffer = worker.buffers().take();
    try {
      while (!asked && !socket.isClosed()) {
        int count = Sockets.read(socket.number(), buffer.address(), RequestReader.MOST_BYTES);
        if (count == -Errno.EAGAIN.number()) {
          return;
        }
        if (count <= 0) {
          close();
          return;
        }
        take(buffer.get(0, count));
      }
    } finally {
      worker.buffers().giveBack(buffer);
    }
  }

  private void take(byte[] bytes) {
    switch (reader.take(bytes)) {
      case RequestReader.State.Incomplete _ -> {}
      case RequestReader.State.Refused refused -> {
        asked = true;
        send(refused.response());
      }
      case RequestReader.State.Complete complete -> {
        asked = true;
        headOnly = complete.request().method().equals("HEAD");
        answer(complete.request());
      }
    }
  }

  private void answer(HttpRequest request) {
    var objection = entrance.door().objection(request);
    if (objection.isPresent()) {
      send(HttpResponse.text(403, objection.get()));
      return;
    }
    try {
      entrance.routes().get().answer(request, response -> worker.execute(() -> send(response)));
    } catch (RuntimeException bug) {
      send(HttpResponse.text(500, bug.toString()));
    }
  }

  private void send(HttpResponse response) {
    if (answer == null && !socket.isClosed()) {
      answer = response.bytes(headOnly);
      write();
    }
  }

  private void write() {
    byte[] bytes = answer == null ? new byte[0] : answer;
    NativeBuffer buffer = worker.buffers().take();
    try {
      while (written < bytes.length) {
        int end = Math.min(bytes.length, written + buffer.capacity());
        buffer.put(0, Arrays.copyOfRange(bytes, written, end));
        int count = Sockets.write(socket.number(), buffer.address(), end - written);
        if (count == -Errno.EAGAIN.number()) {
          return;
        }
        if (count < 0) {
          break;
        }
        written += count;
      }
    } finally {
      worker.buffers().giveBack(buffer);
    }
    close();
  }

  @Override
  protected void tick(long tick) {
    if (tick - startTick > MOST_TICKS) {
      close();
    }
  }

  /** For another one: this has waited longest. */
  void giveWay() {
    close();
  }

  private void close() {
    worker.unwatch(this);
    if (!socket.isClosed()) {
      socket.closeDescriptor();
      onClosed.accept(this);
    }
  }

  @Override
  public void loopClosed() {
    worker.unwatch(this);
  }

  @Override
  public void broken(RuntimeException bug) {
    close();
  }
}
