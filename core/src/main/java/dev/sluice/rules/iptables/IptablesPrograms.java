// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.process.Programs;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Family;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The programs of one variant under the names that they have on this host. Immutable.
 *
 * @param infix {@code -nft}, {@code -legacy}, or empty where only the plain names exist
 */
public record IptablesPrograms(Variant variant, String infix) {
  /** For texts of a host on which neither variant is installed. */
  static final IptablesPrograms PLAIN = new IptablesPrograms(Variant.NFT, "");

  /** {@code iptables-nft-restore}. */
  String name(Family family, String verb) {
    return family.program() + infix + "-" + verb;
  }

  /** Those that are installed, nft first; may be empty. */
  public static List<IptablesPrograms> installed(CommandRunner runner) throws RulesException {
    return installed(name -> Programs.find(name).isPresent(), runner);
  }

  static List<IptablesPrograms> installed(Predicate<String> present, CommandRunner runner)
      throws RulesException {
    List<IptablesPrograms> found = new ArrayList<>();
    for (Variant variant : Variant.values()) {
      String infix = "-" + variant.spelling();
      if (present.test("iptables" + infix + "-restore")) {
        found.add(new IptablesPrograms(variant, infix));
      }
    }
    if (found.isEmpty() && present.test("iptables-restore")) {
      String version = runner.runOrThrow(Command.of("iptables-restore", "--version")).output();
      // Before 1.8 there was only what is called legacy now, and no word about it.
      found.add(
          new IptablesPrograms(
              version.contains("nf_tables") ? Variant.NFT : Variant.LEGACY, PLAIN.infix));
    }
    return found;
  }

  /**
   * The one to use: legacy where it already holds rules, of anybody and in either family, so that
   * all rules of a host are in one place; else nft, if the kernel has it; else legacy. Nothing is
   * tried by making a rule: a table that an attempt leaves behind would look like rules later.
   *
   * @param forced beats all that; empty to choose
   * @throws RulesException if that one is not installed, or none is
   */
  public static IptablesPrograms choose(Optional<Variant> forced, CommandRunner runner)
      throws RulesException {
    return choose(forced, installed(runner), runner);
  }

  static IptablesPrograms choose(
      Optional<Variant> forced, List<IptablesPrograms> installed, CommandRunner runner)
      throws RulesException {
    if (forced.isPresent()) {
      return of(forced.get(), installed).orElseThrow(() -> missing(forced.get()));
    }
    Optional<IptablesPrograms> legacy = of(Variant.LEGACY, installed);
    Optional<IptablesPrograms> nft = of(Variant.NFT, installed);
    if (legacy.isPresent() && (nft.isEmpty() || legacy.get().holdRules(runner))) {
      return legacy.get();
    }
    if (nft.isPresent() && (legacy.isEmpty() || nft.get().work(runner))) {
      return nft.get();
    }
    return legacy.orElseThrow(
        () ->
            new RulesException(
                "looking for 'iptables-restore': not installed; install the package 'iptables'"));
  }

  private static Optional<IptablesPrograms> of(Variant variant, List<IptablesPrograms> installed) {
    return installed.stream().filter(programs -> programs.variant == variant).findFirst();
  }

  private static RulesException missing(Variant variant) {
    return new RulesException(
        "looking for 'iptables-%s-restore': not installed; expected the variant of iptables that was asked for"
            .formatted(variant.spelling()));
  }

  private boolean holdRules(CommandRunner runner) throws RulesException {
    for (Family family : Family.values()) {
      // Lists what the kernel has loaded and loads nothing. Without root it says nothing.
      CommandResult saved = runner.attempt(Command.of(name(family, "save")));
      boolean rules =
          saved.succeeded()
              && SavedTable.parse(saved.output()).stream().anyMatch(SavedTable::holdsAnything);
      if (rules) {
        return true;
      }
    }
    return false;
  }

  /** The kernel may be built without nf_tables; the program says so whatever it is asked. */
  private boolean work(CommandRunner runner) throws RulesException {
    CommandResult saved = runner.attempt(Command.of(name(Family.IPV4, "save")));
    return saved.succeeded() || saved.errors().contains("Permission denied");
  }
}
