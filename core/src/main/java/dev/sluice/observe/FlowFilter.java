// SPDX-License-Identifier: Apache-2.0
package dev.sluice.observe;

import dev.sluice.model.IpBlock;
import dev.sluice.net.InterceptionMode;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Which records are wanted. Of criteria of one kind one has to hold, of every kind that there is;
 * and no negated one may. Pure. Immutable.
 *
 * @param criteria all of them; none wants every record
 */
public record FlowFilter(List<Criterion> criteria) implements Predicate<FlowRecord> {
  private static final int HIGHEST_PORT = 65_535;

  /** Copies the list. */
  public FlowFilter {
    criteria = List.copyOf(criteria);
  }

  /**
   * One of them.
   *
   * @param option of the command line that it is of
   * @param negated whether a record for which it holds is not wanted
   */
  public record Criterion(String option, boolean negated, Predicate<FlowRecord> holds) {}

  /**
   * What an option with that value asks for.
   *
   * @throws IllegalArgumentException if the value makes no sense, with a message for people
   */
  public static Criterion criterion(String option, String value, boolean negated) {
    return new Criterion(option, negated, predicate(option, value));
  }

  private static Predicate<FlowRecord> predicate(String option, String value) {
    return switch (option) {
      case "--ip" -> address(option, value, FlowFilter::all);
      case "--from-ip" -> address(option, value, FlowFilter::from);
      case "--to-ip" -> address(option, value, FlowFilter::to);
      case "--port" -> port(option, value, FlowFilter::all);
      case "--from-port" -> port(option, value, FlowFilter::from);
      case "--to-port" -> port(option, value, FlowFilter::to);
      case "--to-service" -> service(option, value);
      case "--verdict" -> {
        Verdict verdict =
            Verdict.ofWord(value)
                .orElseThrow(() -> mistake(option, value, "forwarded, denied or failed"));
        yield flow -> flow.verdict() == verdict;
      }
      case "--mode" -> {
        FlowMode mode =
            FlowMode.ofWord(value)
                .orElseThrow(() -> mistake(option, value, "proxied, socket or direct"));
        yield flow -> flow.mode() == mode;
      }
      case "--interception" -> {
        String word = value.toLowerCase(Locale.ROOT);
        if (Arrays.stream(InterceptionMode.values()).map(FlowText::word).noneMatch(word::equals)) {
          throw mistake(option, value, "redirect, tproxy, socket or node");
        }
        yield flow ->
            flow.path().interceptions().stream().map(FlowText::word).anyMatch(word::equals);
      }
      case "--protocol" -> {
        String protocol = value.toUpperCase(Locale.ROOT);
        if (!List.of("TCP", "UDP").contains(protocol)) {
          throw mistake(option, value, "tcp or udp");
        }
        yield flow -> flow.protocol().equals(protocol);
      }
      default -> throw new IllegalArgumentException(option + ": no such filter");
    };
  }

  private interface Ends {
    Stream<InetSocketAddress> of(FlowRecord flow);
  }

  private static Stream<InetSocketAddress> from(FlowRecord flow) {
    return flow.path().source().stream();
  }

  /** What was dialled, and who was connected to. */
  private static Stream<InetSocketAddress> to(FlowRecord flow) {
    return Stream.concat(Stream.of(flow.path().destination()), flow.path().backend().stream());
  }

  private static Stream<InetSocketAddress> all(FlowRecord flow) {
    return Stream.concat(from(flow), to(flow));
  }

  private static Predicate<FlowRecord> address(String option, String value, Ends ends) {
    IpBlock block;
    try {
      block = IpBlock.parse(value);
    } catch (IllegalArgumentException e) {
      throw mistake(option, value, "an IP address or a range such as 10.0.0.0/8");
    }
    return flow -> ends.of(flow).anyMatch(end -> block.contains(end.getAddress()));
  }

  private static Predicate<FlowRecord> port(String option, String value, Ends ends) {
    int port = value.matches("[1-9]\\d{0,4}") ? Integer.parseInt(value) : 0;
    if (port == 0 || port > HIGHEST_PORT) {
      throw mistake(option, value, "a port from 1 to 65535");
    }
    return flow -> ends.of(flow).anyMatch(end -> end.getPort() == port);
  }

  private static Predicate<FlowRecord> service(String option, String value) {
    if (!value.matches("[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)?")) {
      throw mistake(option, value, "a service as NAME or NAMESPACE/NAME");
    }
    return flow -> {
      Optional<String> service = flow.path().service();
      return service.isPresent()
          && (service.get().equals(value) || service.get().endsWith("/" + value));
    };
  }

  private static IllegalArgumentException mistake(String option, String value, String expected) {
    return new IllegalArgumentException(option + " '" + value + "'; expected " + expected);
  }

  @Override
  public boolean test(FlowRecord flow) {
    for (Criterion criterion : criteria) {
      boolean holds =
          criterion.negated() ? !criterion.holds().test(flow) : anyOf(criterion.option(), flow);
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private boolean anyOf(String option, FlowRecord flow) {
    return criteria.stream()
        .filter(criterion -> !criterion.negated() && criterion.option().equals(option))
        .anyMatch(criterion -> criterion.holds().test(flow));
  }
}
