// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.admin.AdminServer;
import dev.sluice.linux.ProcessImage;
import dev.sluice.telemetry.RateLimitedLog;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a proxy answers operators, and is found by the one that takes over. */
final class AdminOptions {
  private static final String NONE = "none";

  /** The group that Istio's sidecar runs as. */
  private static final long GROUP = 1337;

  private static final long MOST = 4_294_967_294L;
  private static final Path GROUPS = Path.of("/etc/group");

  @Option(
      names = "--admin-port",
      paramLabel = "PORT",
      description = "State and changes, on 127.0.0.1; 0 for none (default ${DEFAULT-VALUE}).")
  private int adminPort = 15_000;

  @Option(
      names = "--status-port",
      paramLabel = "PORT",
      description = "/healthz/ready, on every address; 0 for none (default ${DEFAULT-VALUE}).")
  private int statusPort = 15_021;

  @Option(
      names = "--stats-port",
      paramLabel = "PORT",
      description =
          "/stats/prometheus, and /app-health for --app-probe, on every address; 0 for none"
              + " (default ${DEFAULT-VALUE}).")
  private int statsPort = 15_020;

  @Option(
      names = "--admin-socket",
      paramLabel = "PATH",
      description =
          "The same as --admin-port for root, the proxy's user and --admin-group; beside it"
              + " access_log.sock, and handover.sock for --hot-restart. none for none of them"
              + " (default: admin.sock in /run/sluice/INODE, the inode being that of the network"
              + " namespace, or else in a folder of the user's).")
  private @Nullable String socket;

  @Option(
      names = "--admin-group",
      paramLabel = "GROUP",
      description =
          "The group of the admin socket, by number or by its name in /etc/group (default 1337).")
  private @Nullable String group;

  private boolean madeFolder;

  /** Sets one of these options, for {@link PlainCommandLine}; false if it is none of them. */
  boolean set(String option, String value) {
    switch (option) {
      case "--admin-port" -> adminPort = PlainValue.number(value);
      case "--status-port" -> statusPort = PlainValue.number(value);
      case "--stats-port" -> statsPort = PlainValue.number(value);
      case "--admin-socket" -> socket = value;
      case "--admin-group" -> group = value;
      default -> {
        return false;
      }
    }
    return true;
  }

  /** What is wrong with the options, if anything is. */
  Optional<String> mistake(int outboundPort, int inboundPort) {
    int[] ports = {adminPort, statusPort, statsPort, outboundPort, inboundPort};
    String[] names = {"--admin-port", "--status-port", "--stats-port"};
    for (int i = 0; i < names.length; i++) {
      if (ports[i] < 0 || ports[i] > 65_535) {
        return Optional.of(names[i] + " is " + ports[i] + "; expected 0 to 65535");
      }
      for (int other = i + 1; other < ports.length; other++) {
        if (ports[i] != 0 && ports[i] == ports[other]) {
          return Optional.of(
              names[i] + " is " + ports[i] + " like another port; expected one of its own");
        }
      }
    }
    return group == null || groupNumber(group).isPresent()
        ? Optional.empty()
        : Optional.of(
            "--admin-group is '"
                + group
                + "', which is no group here; expected a name in /etc/group, or a number");
  }

  private static OptionalLong groupNumber(String text) {
    try {
      long number = Long.parseLong(text);
      return number >= 0 && number <= MOST ? OptionalLong.of(number) : OptionalLong.empty();
    } catch (NumberFormatException e) {
      return groupNamed(text);
    }
  }

  private static OptionalLong groupNamed(String name) {
    try {
      for (String line : Files.readAllLines(GROUPS)) {
        String[] fields = line.split(":", -1);
        if (fields.length > 2 && fields[0].equals(name)) {
          return OptionalLong.of(Long.parseLong(fields[2]));
        }
      }
    } catch (IOException | NumberFormatException e) {
      // Without the file, or with a wrong line in it, there is no such name.
    }
    return OptionalLong.empty();
  }

  /** Whether there is to be no socket. */
  boolean isWithoutSocket() {
    return NONE.equals(socket);
  }

  int statsPort() {
    return statsPort;
  }

  /** The lowest of its ports; 0 if it listens on none. */
  int lowestPort() {
    int lowest = 0;
    for (int port : new int[] {adminPort, statusPort, statsPort}) {
      lowest = port != 0 && (lowest == 0 || port < lowest) ? port : lowest;
    }
    return lowest;
  }

  /**
   * The admin socket's place, whose folder is made if it is the usual one. A proxy that can't have
   * it there says so and serves without; one that was asked for is another matter.
   */
  Optional<Path> socket(RateLimitedLog complaints) {
    if (isWithoutSocket()) {
      return Optional.empty();
    }
    if (socket != null) {
      return Optional.of(Path.of(socket));
    }
    try {
      madeFolder = true;
      return Optional.of(ControlFolder.adminSocket(null, ProcessImage.user()));
    } catch (IOException e) {
      complaints.say(
          "admin_socket",
          "no admin socket, by which it could be asked or taken over from: " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The group of the admin socket. */
  long group() {
    return group == null ? GROUP : groupNumber(group).orElse(GROUP);
  }

  AdminServer.Places places(Optional<Path> socketPlace) {
    AdminServer.SocketGroup socketGroup = new AdminServer.SocketGroup(group(), group != null);
    return new AdminServer.Places(adminPort, statusPort, statsPort, socketPlace, socketGroup);
  }

  /** Removes the folder that was made for the socket, if nothing is in it any more. */
  void removeFolder(Optional<Path> socketPlace) {
    if (madeFolder) {
      socketPlace.ifPresent(ControlFolder::removeIfEmpty);
    }
  }
}
