// SPDX-License-Identifier: Apache-2.0
package dev.sluice.dns;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What <a href="https://man7.org/linux/man-pages/man5/resolv.conf.5.html">resolv.conf(5)</a> says,
 * read as the C library does: keywords in small letters, text behind the address left alone, the
 * last search list in force. Unlike it, every name server counts, not the first three, and none
 * means none.
 *
 * @param nameServers at port 53, in order; those that are no address are left out
 * @param search the search list
 */
public record ResolverFile(List<InetSocketAddress> nameServers, List<String> search) {
  private static final int PORT = 53;
  private static final Pattern BLANKS = Pattern.compile("[ \t]+");

  /** Only what can't be taken for a name to look up. */
  private static final Pattern ADDRESS =
      Pattern.compile("[0-9]{1,3}(\\.[0-9]{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*(%[\\w.-]+)?");

  /** Copies both. */
  public ResolverFile {
    nameServers = List.copyOf(nameServers);
    search = List.copyOf(search);
  }

  /**
   * Reads a file; one that is not there says nothing.
   *
   * @throws IOException if it can't be read
   */
  public static ResolverFile read(Path file) throws IOException {
    try {
      return parse(Files.readString(file, StandardCharsets.ISO_8859_1));
    } catch (NoSuchFileException e) {
      return new ResolverFile(List.of(), List.of());
    } catch (IOException e) {
      throw new IOException("reading the name servers from " + file + ": " + e.getMessage(), e);
    }
  }

  static ResolverFile parse(String text) {
    List<InetSocketAddress> servers = new ArrayList<>();
    List<String> search = List.of();
    for (String line : text.lines().toList()) {
      List<String> words = List.of(BLANKS.split(line.strip()));
      switch (words.getFirst()) {
        case "nameserver" -> words.stream().skip(1).findFirst().ifPresent(w -> add(w, servers));
        case "search", "domain" -> search = words.subList(1, words.size());
        default -> {
          // Comments, options, and what the C library doesn't know either.
        }
      }
    }
    return new ResolverFile(servers, search);
  }

  private static void add(String word, List<InetSocketAddress> servers) {
    address(word).ifPresent(address -> servers.add(new InetSocketAddress(address, PORT)));
  }

  /** The address that {@code text} is, a link-local one with its interface; never a name. */
  static Optional<InetAddress> address(String text) {
    if (!ADDRESS.matcher(text).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(text));
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Where the search list puts this pod. */
  public SearchDomain searchDomain() {
    return SearchDomain.ofSearchList(search);
  }
}
