// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.linux.Errno;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.NamespaceHook;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.netns.NamespaceThread;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.linux.socket.Sockets;
import dev.sluice.process.Command;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class SkLookupIT {
  private static final String NAME = "slt-loader-lookup";
  private static final int STEERED_PORT = 8080;
  private static final InetSocketAddress STEERED = address("127.0.0.2", STEERED_PORT);

  @BeforeEach
  void addNamespace() throws Exception {
    Command.of("ip", "netns", "add", NAME).runOrThrow();
    Command.of("ip", "-n", NAME, "link", "set", "lo", "up").runOrThrow();
  }

  @AfterEach
  void removeNamespace() throws Exception {
    Command.of("ip", "netns", "del", NAME).runOrThrow();
  }

  @Test
  void steersConnectionsToAListenerOnAnotherAddress() throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", NAME));
        BpfCollection loaded = BpfCollection.load(steering(), onlySteer())) {
      int listener = NamespaceThread.call(namespace, SkLookupIT::listen);
      try {
        loaded.map("listeners").put(new byte[4], BpfCodec.u64().encode((long) listener));
        assertThat(connects(namespace)).isFalse();
        try (BpfLink link = NamespaceHook.of(namespace).attach(loaded.program("steer"))) {
          assertThat(connects(namespace)).isTrue();
          assertThat(NamespaceHook.of(namespace).attached().ids())
              .containsExactly(loaded.program("steer").info().id());
          assertThat(link.info().target())
              .isEqualTo(
                  new LinkInfo.Target.Namespace((int) namespace.inode(), AttachType.SK_LOOKUP));
        }
        assertThat(connects(namespace)).isFalse();
      } finally {
        Sockets.close(listener);
      }
    }
  }

  @Test
  void becomesDefunctWithItsNamespace() throws Exception {
    try (BpfCollection loaded = BpfCollection.load(steering(), onlySteer());
        BpfLink link = attachAndLetGo(loaded)) {
      Command.of("ip", "netns", "del", NAME).runOrThrow();
      for (int i = 0; i < 100 && !link.info().isDefunct(); i++) {
        Thread.sleep(50);
      }
      assertThat(link.info().isDefunct()).isTrue();
      Command.of("ip", "netns", "add", NAME).runOrThrow();
    }
  }

  @Test
  void runsOnMadeUpInputWithoutBeingAttached() throws Exception {
    try (BpfCollection loaded = BpfCollection.load(steering(), onlySteer())) {
      byte[] context = new byte[72];
      ByteBuffer.wrap(context)
          .order(ByteOrder.nativeOrder())
          .putInt(8, 2) // AF_INET
          .putInt(12, 6) // IPPROTO_TCP
          .putInt(60, STEERED_PORT); // local_port
      BpfProgram.TestRun run = loaded.program("steer").testRun(new byte[0], context);
      assertThat(run.returned()).isEqualTo(1); // SK_PASS
      assertThat(run.context()).isEqualTo(context);
    }
  }

  private static BpfLink attachAndLetGo(BpfCollection loaded) throws Exception {
    try (NetworkNamespace namespace = NetworkNamespace.open(Path.of("/run/netns", NAME))) {
      return NamespaceHook.of(namespace).attach(loaded.program("steer"));
    }
  }

  private static LoadOptions onlySteer() {
    return LoadOptions.everything().withPrograms(Set.of("steer"));
  }

  private static CollectionSpec steering() throws Exception {
    CollectionSpec spec = BpfObjectFiles.parse("kinds");
    spec.rodata().set("limit", STEERED_PORT);
    return spec;
  }

  private static int listen() throws Exception {
    int listener = Sockets.openStream(AddressFamily.INET);
    Sockets.bind(listener, AddressFamily.INET, address("127.0.0.1", 0));
    Sockets.listen(listener, 8);
    return listener;
  }

  /** On loopback a connect is answered before it returns, though the socket doesn't block. */
  private static boolean connects(NetworkNamespace namespace) throws Exception {
    return NamespaceThread.call(
        namespace,
        () -> {
          int client = Sockets.openStream(AddressFamily.INET);
          try {
            int result = Sockets.connect(client, AddressFamily.INET, STEERED);
            assertThat(result).isIn(0, -Errno.EINPROGRESS.number(), -Errno.ECONNREFUSED.number());
            return result != -Errno.ECONNREFUSED.number()
                && Sockets.pendingError(client) == 0
                && Sockets.peerAddress(client).equals(STEERED);
          } catch (SyscallException e) {
            return false;
          } finally {
            Sockets.close(client);
          }
        });
  }

  private static InetSocketAddress address(String literal, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(literal), port);
  }
}
