// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.explain;

import dev.sluice.model.IpLiteral;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;

/**
 * A connection as somebody asks about it, in words. One that names an interface and no owner
 * arrives there; every other is made here, by user 0 unless another is named. Immutable.
 *
 * @param protocol {@code tcp} or {@code udp}
 * @param from an address, with or without a port; may be left out for a connection made here
 * @param to an address with a port
 * @param interfaceName through which it arrives or leaves
 */
public record Question(
    String protocol,
    Optional<String> from,
    String to,
    Optional<String> interfaceName,
    Maker maker) {
  private static final int SOME_CLIENT_PORT = 40000;
  private static final long HIGHEST_ID = 4_294_967_294L;

  /**
   * Who makes it.
   *
   * @param user id of a user; the group's if left out, or 0
   * @param group id of a group; the user's if left out, or 0
   * @param mark the socket's mark, decimal or with 0x; 0 if left out
   */
  public record Maker(Optional<String> user, Optional<String> group, Optional<String> mark) {
    private boolean isNamed() {
      return user.isPresent() || group.isPresent() || mark.isPresent();
    }
  }

  /**
   * The connection that is meant.
   *
   * @param hostTowards gives the host, with the way out that packets to an address take
   * @throws UnclearQuestionException with all problems at once
   */
  public Described describe(Function<InetAddress, Host> hostTowards)
      throws UnclearQuestionException {
    List<String> problems = new ArrayList<>();
    Optional<Protocol> known = protocolOf(problems);
    Optional<InetSocketAddress> target = address("--to", to, OptionalLong.empty(), problems);
    Origin origin = origin(problems);
    if (target.isEmpty()) {
      throw new UnclearQuestionException(problems);
    }
    Host host = hostTowards.apply(target.get().getAddress());
    Optional<InetSocketAddress> source = source(target.get(), host, origin, problems);
    if (!problems.isEmpty() || known.isEmpty() || source.isEmpty()) {
      throw new UnclearQuestionException(problems);
    }
    return new Described(
        new Connection(known.get(), source.get(), target.get(), origin),
        interfaceName.map(host::leavingThrough).orElse(host));
  }

  /** A connection, and the host that it is asked about on. */
  public record Described(Connection connection, Host host) {}

  private Optional<Protocol> protocolOf(List<String> problems) {
    return switch (protocol.toLowerCase(Locale.ROOT)) {
      case "tcp" -> Optional.of(Protocol.TCP);
      case "udp" -> Optional.of(Protocol.UDP);
      default -> {
        problems.add("--protocol '" + protocol + "'; expected tcp or udp");
        yield Optional.empty();
      }
    };
  }

  private Origin origin(List<String> problems) {
    if (interfaceName.isPresent() && !maker.isNamed()) {
      return new Origin.Arriving(interfaceName.get());
    }
    long user = id("--uid", maker.user().or(maker::group), problems);
    long group = id("--gid", maker.group().or(maker::user), problems);
    return new Origin.Local(user, group, mark(problems));
  }

  private Optional<InetSocketAddress> source(
      InetSocketAddress target, Host host, Origin origin, List<String> problems) {
    if (from.isEmpty()) {
      if (origin instanceof Origin.Arriving) {
        problems.add("--interface without --from, --uid and --gid; expected one of them");
        return Optional.empty();
      }
      return Optional.of(
          new InetSocketAddress(host.sourceTowards(target.getAddress()), SOME_CLIENT_PORT));
    }
    Optional<InetSocketAddress> source =
        address("--from", from.get(), OptionalLong.of(SOME_CLIENT_PORT), problems);
    if (source.isPresent()
        && source.get().getAddress() instanceof Inet6Address
            != target.getAddress() instanceof Inet6Address) {
      problems.add("--from '%s' with --to '%s'; expected one family".formatted(from.get(), to));
    }
    return source;
  }

  private static Optional<InetSocketAddress> address(
      String option, String text, OptionalLong defaultPort, List<String> problems) {
    String expected =
        defaultPort.isPresent()
            ? "an address, or ADDRESS:PORT or [ADDRESS]:PORT"
            : "ADDRESS:PORT, or [ADDRESS]:PORT for IPv6";
    try {
      int colon = text.lastIndexOf(':');
      boolean bracketed = text.startsWith("[");
      boolean hasPort = bracketed ? text.charAt(colon - 1) == ']' : colon == text.indexOf(':');
      if (colon < 0 || !hasPort) {
        if (defaultPort.isEmpty()) {
          throw new IllegalArgumentException("no port");
        }
        return Optional.of(
            new InetSocketAddress(IpLiteral.parse(text), (int) defaultPort.getAsLong()));
      }
      String host = bracketed ? text.substring(1, colon - 1) : text.substring(0, colon);
      int port = Integer.parseInt(text.substring(colon + 1));
      if (port < 1) {
        throw new IllegalArgumentException("port 0");
      }
      return Optional.of(new InetSocketAddress(IpLiteral.parse(host), port));
    } catch (IllegalArgumentException | StringIndexOutOfBoundsException e) {
      problems.add("%s '%s'; expected %s".formatted(option, text, expected));
      return Optional.empty();
    }
  }

  private static long id(String option, Optional<String> text, List<String> problems) {
    try {
      long id = Long.parseLong(text.orElse("0"));
      if (id >= 0 && id <= HIGHEST_ID) {
        return id;
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    problems.add("%s '%s'; expected 0 to %d".formatted(option, text.orElse(""), HIGHEST_ID));
    return 0;
  }

  private int mark(List<String> problems) {
    String text = maker.mark().orElse("0");
    try {
      return text.startsWith("0x")
          ? Integer.parseUnsignedInt(text.substring(2), 16)
          : Integer.parseUnsignedInt(text);
    } catch (NumberFormatException e) {
      problems.add("--mark '" + text + "'; expected 0 to 0xffffffff");
      return 0;
    }
  }
}
