// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.process.Command;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.ListedChain;
import dev.sluice.rules.Listing;
import dev.sluice.rules.NetfilterBackend;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Undo;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * Native nftables: tables of our own, written by nft(8) in one transaction of the kernel for both
 * families. Needs nft 1.0.1 or later, built with JSON; TPROXY needs Linux 4.19 or later.
 */
public final class NftablesBackend implements NetfilterBackend {
  private static final Predicate<TableName> GUARD = TableName::isGuard;
  private static final Predicate<TableName> PROGRAM = GUARD.negate();

  private final Nft nft;

  private NftablesBackend(Nft nft) {
    this.nft = nft;
  }

  /** Acts where {@code runner} runs its commands; looks for nft when it first needs it. */
  public static NftablesBackend with(CommandRunner runner) {
    return new NftablesBackend(new Nft(runner));
  }

  /**
   * That of this host; empty if nft is not installed or too old, or the kernel has no nf_tables: so
   * nothing of ours can be there.
   */
  public static Optional<NftablesBackend> find(CommandRunner runner) throws RulesException {
    Nft nft = new Nft(runner);
    return nft.isUsable() ? Optional.of(new NftablesBackend(nft)) : Optional.empty();
  }

  @Override
  public String name() {
    return "nftables";
  }

  @Override
  public boolean changesAllAtOnce() {
    return true;
  }

  @Override
  public Listing read() throws RulesException {
    List<ListedTable> ours = nft.tables(_ -> true);
    return NftListing.of(ours, nft.tablesBefore(ours));
  }

  @Override
  public List<ListedChain> listingOf(RuleProgram program) {
    return NftListing.chainsOf(program);
  }

  @Override
  public List<Command> commands(RuleProgram now, RuleProgram wanted) {
    Map<TableName, TableShape> present =
        TableBody.of(now).stream().collect(Collectors.toMap(TableBody::name, TableBody::shape));
    String script = NftScript.compose(present, TableBody.of(wanted));
    return script.isEmpty() ? List.of() : List.of(Nft.feeding(script));
  }

  @Override
  public Optional<Undo> change(RuleProgram wanted) throws RulesException {
    List<ListedTable> before = nft.tables(PROGRAM);
    List<TableBody> after = bodies(wanted, PROGRAM);
    if (isThere(wanted, before)) {
      return Optional.empty();
    }
    List<TableBody> verbatim = new ArrayList<>();
    for (ListedTable table : before) {
      verbatim.add(nft.verbatim(table));
    }
    nft.write(NftScript.compose(shapes(before), after));
    return Optional.of(() -> nft.write(NftScript.compose(shapes(nft.tables(PROGRAM)), verbatim)));
  }

  @Override
  public void guard(RuleProgram guard) throws RulesException {
    nft.write(NftScript.compose(shapes(nft.tables(GUARD)), bodies(guard, GUARD)));
  }

  private boolean isThere(RuleProgram wanted, List<ListedTable> tables) {
    Listing listing = NftListing.of(tables, List.of());
    List<ListedChain> chains =
        listingOf(wanted).stream()
            .filter(chain -> PROGRAM.test(TableName.of(chain.family(), chain.table())))
            .toList();
    boolean noTableIsEmpty = tables.stream().noneMatch(t -> t.shape().chains().isEmpty());
    return listing.strange().isEmpty() && noTableIsEmpty && listing.chains().equals(chains);
  }

  private static List<TableBody> bodies(RuleProgram program, Predicate<TableName> which) {
    return TableBody.of(program).stream().filter(body -> which.test(body.name())).toList();
  }

  private static Map<TableName, TableShape> shapes(List<ListedTable> tables) {
    Map<TableName, TableShape> shapes = new TreeMap<>();
    tables.forEach(table -> shapes.put(table.name(), table.shape()));
    return shapes;
  }
}
