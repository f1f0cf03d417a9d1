// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.Family;
import dev.sluice.lab.topology.Party;
import java.net.InetAddress;

/**
 * One connection that a client is going to make, with everything about it fixed beforehand, its own
 * port included. Immutable.
 *
 * @param from the party whose namespace the client runs in
 * @param rights whose rights it has
 * @param behaviour what it does
 * @param destination the address that it dials
 * @param port the port that it dials
 * @param localPort the port that it dials from
 * @param mapped whether it dials an IPv4 address from an AF_INET6 socket
 */
public record Probe(
    Party from,
    RunAs rights,
    Behaviour behaviour,
    InetAddress destination,
    int port,
    int localPort,
    boolean mapped) {
  /** How much is sent on each connection: more than any socket buffer's first window. */
  public static final int BYTES = 64 * 1024;

  /** Enough that two backends both get some, whatever the dice say: one miss in two million. */
  public static final int REQUESTS = 22;

  /** An application in {@code from} that dials with an ordinary socket. */
  public static Probe of(
      Party from, Behaviour behaviour, InetAddress destination, int port, int localPort) {
    return new Probe(from, RunAs.APPLICATION, behaviour, destination, port, localPort, false);
  }

  /** The same with the rights of somebody else. */
  public Probe as(RunAs other) {
    return new Probe(from, other, behaviour, destination, port, localPort, mapped);
  }

  /** The same through an AF_INET6 socket. */
  public Probe throughMappedSocket() {
    return new Probe(from, rights, behaviour, destination, port, localPort, true);
  }

  /** What it dials, as text. */
  public String dialled() {
    return Family.endpoint(destination, port);
  }
}
