// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import dev.sluice.telemetry.RateLimitedLog;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/**
 * From a message to its answer: learn, decide, act, and count once. Thread-safe; whatever the bytes
 * are, nothing is thrown.
 */
final class Resolution {
  private volatile DnsPlanner planner;
  private final NameServers nameServers;
  private final Executor waiting;
  private final DnsCounters counters;
  private final RateLimitedLog complaints;

  /**
   * With everything that it needs.
   *
   * @param waiting runs what blocks until a name server has answered
   */
  Resolution(
      DnsPlanner planner,
      NameServers nameServers,
      Executor waiting,
      DnsCounters counters,
      RateLimitedLog complaints) {
    this.planner = planner;
    this.nameServers = nameServers;
    this.waiting = waiting;
    this.counters = counters;
    this.complaints = complaints;
  }

  /** Decides by {@code next} from now on. */
  void planBy(DnsPlanner next) {
    planner = next;
  }

  /**
   * Resolves one message.
   *
   * @param message which becomes ours
   * @param exchange how it came, and so how it is passed on
   * @param answer gets the answer, at once or on another thread; nothing for what must not be
   *     answered
   */
  void resolve(
      byte[] message, InetSocketAddress client, Exchange exchange, Consumer<byte[]> answer) {
    counters.query();
    if (message.length < Header.BYTES || (Header.flags(message) & Header.RESPONSE) != 0) {
      // Two that answer each other's answers would never stop.
      counters.refused();
      return;
    }
    if ((Header.flags(message) & Header.OPCODE) != 0) {
      refuse(Replies.failure(message, Rcode.NOTIMP), answer);
      return;
    }
    Query query;
    try {
      query = Query.parse(message);
    } catch (MalformedMessageException e) {
      refuse(Replies.failure(message, Rcode.FORMERR), answer);
      return;
    }
    if (nameServers.isOwn(client)) {
      complaints.say(
          "dns_loop",
          "a question for "
              + query.name()
              + " is the proxy's own: the rules don't exempt the user that it runs as");
      refuse(Replies.failure(query, Rcode.SERVFAIL), answer);
      return;
    }
    act(query, exchange, answer);
  }

  private void act(Query query, Exchange exchange, Consumer<byte[]> answer) {
    int limit = limit(query, exchange);
    switch (planner.plan(query)) {
      case DnsPlan.Answer plan -> {
        counters.answered();
        answer.accept(Replies.addresses(query, plan.addresses(), limit));
      }
      case DnsPlan.Refuse plan -> refuse(Replies.failure(query, plan.rcode()), answer);
      case DnsPlan.Forward _ -> waiting.execute(() -> forward(query, exchange, limit, answer));
    }
  }

  private void forward(Query query, Exchange exchange, int limit, Consumer<byte[]> answer) {
    Optional<byte[]> reply = askNameServers(query, exchange);
    if (reply.isPresent()) {
      counters.forwarded();
      answer.accept(Replies.fitted(query, reply.get(), limit));
    } else {
      counters.failed();
      answer.accept(Replies.failure(query, Rcode.SERVFAIL));
    }
  }

  private Optional<byte[]> askNameServers(Query query, Exchange exchange) {
    try {
      return nameServers.ask(query, exchange);
    } catch (RuntimeException bug) {
      // A mistake of ours costs this question, not the client that waits by TCP.
      complaints.say("dns_bug", "asking for " + query.name() + ": " + bug);
      return Optional.empty();
    }
  }

  private void refuse(byte[] reply, Consumer<byte[]> answer) {
    counters.refused();
    answer.accept(reply);
  }

  private static int limit(Query query, Exchange exchange) {
    return switch (exchange) {
      case UDP -> query.udpLimit();
      case TCP -> 65_535;
    };
  }
}
