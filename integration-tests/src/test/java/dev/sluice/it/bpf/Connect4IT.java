// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.bpf.BpfCollection;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.Cgroup;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.LoadOptions;
import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.util.Objects;
import org.junit.jupiter.api.Test;

class Connect4IT {
  private static final String FROM = "127.0.0.9";
  private static final int FROM_PORT = 4711;

  @Test
  void sendsConnectionsOfTheCgroupElsewhere() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 5, InetAddress.ofLiteral("127.0.0.1"));
        TestCgroup folder = TestCgroup.create("connect4");
        BpfCollection loaded =
            BpfCollection.load(rewriting(server.getLocalPort()), LoadOptions.everything());
        Cgroup cgroup = Cgroup.open(folder.path())) {
      assertThat(connect(folder)).contains("refused");
      try (BpfLink link =
          cgroup.attach(loaded.program("rewrite"), AttachType.CGROUP_INET4_CONNECT)) {
        assertThat(connect(folder)).isEqualTo("connected\n");
        assertThat(count(loaded.map("connects"))).isEqualTo(1);
        assertThat(cgroup.hook(AttachType.CGROUP_INET4_CONNECT).attached().ids())
            .containsExactly(loaded.program("rewrite").info().id());
        long inode = (Long) Files.getAttribute(folder.path(), "unix:ino");
        assertThat(link.info().target())
            .isEqualTo(new LinkInfo.Target.Cgroup(inode, AttachType.CGROUP_INET4_CONNECT));
      }
      assertThat(connect(folder)).contains("refused");
      assertThat(count(loaded.map("connects"))).isEqualTo(1);
    }
  }

  @Test
  void freezesConstants() throws Exception {
    try (BpfCollection loaded = BpfCollection.load(rewriting(1), LoadOptions.everything())) {
      BpfMap constants = loaded.map(".rodata");
      byte[] content = Objects.requireNonNull(constants.lookup(new byte[4]));
      assertThat(content).isEqualTo(rewriting(1).rodata().content());
      assertThatThrownBy(() -> constants.put(new byte[4], content))
          .hasMessageContaining("BPF_MAP_UPDATE_ELEM")
          .hasMessageContaining("EPERM");
    }
  }

  private static CollectionSpec rewriting(int toPort) throws IOException {
    CollectionSpec spec = BpfObjectFiles.parse("connect4");
    spec.rodata().set("from_address", InetAddress.ofLiteral(FROM).getAddress());
    spec.rodata().set("from_port", Short.toUnsignedInt(Short.reverseBytes((short) FROM_PORT)));
    spec.rodata().set("to_address", InetAddress.ofLiteral("127.0.0.1").getAddress());
    spec.rodata().set("to_port", Short.toUnsignedInt(Short.reverseBytes((short) toPort)));
    return spec;
  }

  /** Nobody listens there: nothing but the rewrite can make this connect succeed. */
  private static String connect(TestCgroup cgroup) throws IOException {
    return cgroup.run(
        """
        python3 - <<'END'
        import socket
        s = socket.socket()
        s.settimeout(2)
        try:
            s.connect(("127.0.0.9", 4711))
            print("connected")
        except OSError as refused:
            print("refused", refused)
        END
        """);
  }

  private static long count(BpfMap map) throws IOException {
    byte[] value = Objects.requireNonNull(map.lookup(new byte[4]));
    return ByteBuffer.wrap(value).order(ByteOrder.nativeOrder()).getLong();
  }
}
