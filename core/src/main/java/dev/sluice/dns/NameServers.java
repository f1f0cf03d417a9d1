// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.net.AddressText;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;

/**
 * The name servers that know everything else. They are taken for equals: a question begins with the
 * one that answered last, so that one which is down costs its time-out once. Thread-safe; asking
 * blocks.
 */
final class NameServers {
  /** Questions that wait at the same time, each with a socket; one more fails at once. */
  static final int MOST_WAITING = 256;

  /** How often each is asked, as the C library does. */
  private static final int ROUNDS = 2;

  private final List<InetSocketAddress> servers;
  private final Duration timeout;
  private final RateLimitedLog complaints;
  private final OwnQuestions own = new OwnQuestions();
  private final Semaphore free = new Semaphore(MOST_WAITING);
  private final SecureRandom ids = new SecureRandom();
  private volatile int answeredLast;

  /**
   * Knows them.
   *
   * @param timeout for one answer of one server
   */
  NameServers(List<InetSocketAddress> servers, Duration timeout, RateLimitedLog complaints) {
    this.servers = List.copyOf(servers);
    this.timeout = timeout;
    this.complaints = complaints;
  }

  /** Whether a question from {@code client} would be one of ours that came back. */
  boolean isOwn(InetSocketAddress client) {
    return own.contains(client);
  }

  /**
   * Asks one after the other until one knows.
   *
   * @return the answer under the client's id: of the first that did not fail, otherwise the last
   *     one's; empty if nobody answered
   */
  Optional<byte[]> ask(Query query, Exchange exchange) {
    if (!free.tryAcquire()) {
      complaints.say(
          "dns_waiting",
          MOST_WAITING + " questions wait for a name server; more are answered with SERVFAIL");
      return Optional.empty();
    }
    try {
      Optional<byte[]> reply = askInTurn(query, exchange);
      reply.ifPresent(bytes -> Header.setId(bytes, query.id()));
      return reply;
    } finally {
      free.release();
    }
  }

  private Optional<byte[]> askInTurn(Query query, Exchange exchange) {
    Optional<byte[]> poor = Optional.empty();
    String trouble = "there is no name server";
    int first = answeredLast;
    for (int round = 0; round < ROUNDS && poor.isEmpty(); round++) {
      for (int i = 0; i < servers.size(); i++) {
        int turn = (first + i) % servers.size();
        InetSocketAddress server = servers.get(turn);
        try {
          byte[] reply = exchange.ask(query, ids.nextInt(1 << 16), server, timeout, own);
          if (!failed(reply)) {
            answeredLast = turn;
            return Optional.of(reply);
          }
          poor = Optional.of(reply);
        } catch (IOException e) {
          trouble = AddressText.of(server) + " by " + exchange + ": " + e.getMessage();
        }
      }
    }
    if (poor.isEmpty()) {
      complaints.say("dns_failed", "nobody resolves " + query.name() + ": " + trouble);
    }
    return poor;
  }

  /** Another server may know better. */
  private static boolean failed(byte[] reply) {
    return switch (Header.rcode(reply)) {
      case SERVFAIL, NOTIMP, REFUSED -> true;
      case NOERROR, FORMERR, NXDOMAIN, OTHER, BADVERS -> false;
    };
  }
}
