// SPDX-License-Identifier: Apache-2.0
package dev.sluice.node.zds;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.netns.NetworkNamespace;
import dev.sluice.linux.socket.PacketSocket.Packet;
import dev.sluice.node.NodeProxy;
import dev.sluice.node.PodName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What one connection to the agent asks for, from the greeting on. Confined to one thread.
 *
 * <p>Until the snapshot is complete, pods of an earlier connection stay; then those that it didn't
 * name are released.
 */
final class AgentSession {
  private final NodeProxy proxy;
  private final Set<String> handed;
  private final Set<String> named = new HashSet<>();
  private boolean complete;

  /** {@code handed} are the uids of all pods that agents handed over; it outlives the session. */
  AgentSession(NodeProxy proxy, Set<String> handed) {
    this.proxy = proxy;
    this.handed = handed;
  }

  /**
   * Does what {@code packet} asks for, and takes over the descriptors that came with it.
   *
   * @return what was wrong; empty if nothing was
   */
  String answer(Packet packet) throws SyscallException {
    List<FileDescriptor> ours = new ArrayList<>(packet.descriptors());
    try {
      return switch (Messages.request(packet.bytes())) {
        case AgentRequest.Add add -> {
          FileDescriptor namespace = onlyOne(ours);
          ours.clear();
          add(add.pod(), namespace);
          yield "";
        }
        case AgentRequest.Keep keep -> withoutDescriptors(packet, () -> keep(keep.uid()));
        case AgentRequest.Delete delete -> withoutDescriptors(packet, () -> delete(delete.uid()));
        case AgentRequest.SnapshotSent _ -> withoutDescriptors(packet, this::complete);
      };
    } catch (MalformedRequestException | IOException | IllegalStateException e) {
      return String.valueOf(e.getMessage());
    } finally {
      for (FileDescriptor descriptor : ours) {
        descriptor.close();
      }
    }
  }

  /** Whether the snapshot has been sent. */
  boolean isComplete() {
    return complete;
  }

  private interface Act {
    void run() throws MalformedRequestException;
  }

  private static String withoutDescriptors(Packet packet, Act act)
      throws MalformedRequestException {
    if (!packet.descriptors().isEmpty()) {
      throw new MalformedRequestException(
          packet.descriptors().size() + " descriptors came with it; expected none");
    }
    act.run();
    return "";
  }

  private static FileDescriptor onlyOne(List<FileDescriptor> descriptors)
      throws MalformedRequestException {
    if (descriptors.size() != 1) {
      throw new MalformedRequestException(
          descriptors.size() + " descriptors came with add; expected that of the pod's namespace");
    }
    return descriptors.getFirst();
  }

  /** Takes {@code descriptor} over, whatever happens. */
  private void add(PodName pod, FileDescriptor descriptor) throws IOException {
    NetworkNamespace namespace =
        NetworkNamespace.owning(descriptor, "network namespace of pod " + pod);
    proxy.add(pod, namespace, NodeProxy.Rules.OF_AGENT);
    handed.add(pod.uid());
    named.add(pod.uid());
  }

  private void keep(String uid) throws MalformedRequestException {
    if (complete) {
      throw new MalformedRequestException("keep of pod " + uid + " after the snapshot");
    }
    if (proxy.namespaceOf(uid).isEmpty()) {
      throw new MalformedRequestException("pod " + uid + " isn't served, so it can't be kept");
    }
    named.add(uid);
  }

  private void delete(String uid) {
    named.remove(uid);
    if (handed.remove(uid)) {
      proxy.retire(uid, "the agent says so");
    }
  }

  private void complete() {
    complete = true;
    for (String uid : List.copyOf(handed)) {
      if (!named.contains(uid)) {
        handed.remove(uid);
        proxy.retire(uid, "the agent doesn't know it any more");
      }
    }
  }
}
