// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules;

import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;

/**
 * The names that a host has for numbers: passwd(5), group(5), services(5). Immutable.
 *
 * @param users id of each user
 * @param groups id of each group
 * @param tcpServices names of TCP ports
 */
public record HostNames(
    Map<String, Long> users, Map<String, Long> groups, Set<String> tcpServices) {
  /** Copies everything. */
  public HostNames {
    users = Map.copyOf(users);
    groups = Map.copyOf(groups);
    tcpServices = Set.copyOf(tcpServices);
  }

  /**
   * Those of this host; a file that isn't there holds none.
   *
   * @throws IOException if a file can't be read
   */
  public static HostNames read() throws IOException {
    return parse(
        lines(Path.of("/etc/passwd")),
        lines(Path.of("/etc/group")),
        lines(Path.of("/etc/services")));
  }

  static HostNames parse(List<String> passwd, List<String> group, List<String> services) {
    Set<String> tcp = new HashSet<>();
    for (String line : services) {
      String[] words = line.replaceFirst("#.*", "").trim().split("\\s+", -1);
      if (words.length >= 2 && words[1].endsWith("/tcp")) {
        tcp.add(words[0]);
        tcp.addAll(List.of(words).subList(2, words.length));
      }
    }
    return new HostNames(ids(passwd), ids(group), tcp);
  }

  /** The id of that user, if there is one. */
  public OptionalLong user(String name) {
    return find(users, name);
  }

  /** The id of that group, if there is one. */
  public OptionalLong group(String name) {
    return find(groups, name);
  }

  private static OptionalLong find(Map<String, Long> ids, String name) {
    Long id = ids.get(name);
    return id == null ? OptionalLong.empty() : OptionalLong.of(id);
  }

  private static Map<String, Long> ids(List<String> lines) {
    Map<String, Long> ids = new HashMap<>();
    for (String line : lines) {
      String[] fields = line.split(":", -1);
      if (fields.length >= 3 && fields[2].matches("[0-9]{1,10}")) {
        ids.putIfAbsent(fields[0], Long.parseLong(fields[2]));
      }
    }
    return ids;
  }

  private static List<String> lines(Path file) throws IOException {
    try {
      return Files.exists(file) ? Files.readAllLines(file) : List.of();
    } catch (MalformedInputException e) {
      throw new IOException("reading " + file + ": it is not UTF-8", e);
    }
  }
}
