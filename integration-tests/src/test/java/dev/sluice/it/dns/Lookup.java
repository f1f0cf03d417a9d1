// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.dns;

import dev.sluice.net.AddressText;
import java.net.InetAddress;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Resolves the names of the command line as every Java program does; a program of its own. */
final class Lookup {
  private Lookup() {}

  /** Prints one line for each name: its addresses, sorted. */
  public static void main(String[] names) throws Exception {
    for (String name : names) {
      System.out.println(
          Stream.of(InetAddress.getAllByName(name))
              .map(AddressText::of)
              .sorted()
              .collect(Collectors.joining(" ")));
    }
  }
}
