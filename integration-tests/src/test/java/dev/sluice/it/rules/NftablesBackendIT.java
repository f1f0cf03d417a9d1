// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.rules;

import static dev.sluice.it.rules.RoundTrip.withoutRouting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Chain;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.Entry;
import dev.sluice.rules.Family;
import dev.sluice.rules.FamilyProgram;
import dev.sluice.rules.Hook;
import dev.sluice.rules.Listing.Obstacle;
import dev.sluice.rules.Match;
import dev.sluice.rules.NormalForm;
import dev.sluice.rules.Rule;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import dev.sluice.rules.Table;
import dev.sluice.rules.TableProgram;
import dev.sluice.rules.Target;
import dev.sluice.rules.Undo;
import dev.sluice.rules.nftables.NftablesBackend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What nft alone promises: one transaction, tables of its own. The rest is the installer's. */
final class NftablesBackendIT {
  private static final RuleProgram NOTHING = new RuleProgram(List.of());

  /** Of others: tables beside ours at the same hooks, one whose name nearly is ours. */
  private static final String FOREIGN =
      """
      table inet firewall {
        chain output {
          type filter hook output priority -150; policy accept;
          tcp dport 25 drop
        }
      }
      table ip sluice {
        chain SLUICE_OUTPUT {
          accept
        }
      }
      """;

  private final ThrowawayNamespace namespace;
  private final NftablesBackend backend;

  NftablesBackendIT() throws CommandException {
    namespace = ThrowawayNamespace.open();
    backend = NftablesBackend.with(namespace.runner());
  }

  @AfterEach
  void removeNamespace() throws CommandException {
    namespace.close();
  }

  @Test
  void leavesNothingBehindAndForeignTablesAlone() throws IOException {
    feed(FOREIGN);
    namespace.run("iptables-nft", "-t", "nat", "-A", "OUTPUT", "-p", "tcp", "-j", "ACCEPT");
    String before = ruleset();

    assertThat(backend.change(program(InterceptionMode.TPROXY))).isPresent();
    assertThat(ruleset()).startsWith(before).contains("table ip6 sluice_mangle");

    assertThat(backend.change(NOTHING)).isPresent();
    assertThat(ruleset()).isEqualTo(before);
    assertThat(backend.change(NOTHING)).isEmpty();
    assertThat(backend.read().isEmpty()).isTrue();
  }

  @Test
  void removesTablesOfOtherVersionsAndEmptyOnes() throws IOException {
    feed("table ip sluice_nat {\n}\ntable inet sluice_later {\n  chain a {\n  }\n}\n");

    assertThat(backend.read().strange()).containsExactly("table inet sluice_later");
    assertThat(backend.change(NOTHING)).isPresent();

    assertThat(ruleset()).isEmpty();
  }

  /** Only what comes before ours, and only what ends the way of a packet. */
  @Test
  void namesRulesOfOthersThatComeFirst() throws IOException {
    feed(FOREIGN);
    feed(
        """
        table ip early {
          chain out {
            type nat hook output priority -101; policy accept;
            return
            tcp dport 80 jump deeper
            dnat to 192.0.2.1
          }
          chain deeper {
            meta l4proto tcp redirect to :9
          }
        }
        table inet late {
          chain out {
            type filter hook output priority 0; policy drop;
          }
        }
        """);
    backend.change(program(InterceptionMode.REDIRECT));

    assertThat(backend.read().before())
        .containsExactlyInAnyOrder(
            new Obstacle("rule 1 of 'nft list chain inet firewall output'", false),
            new Obstacle("rule 2 of 'nft list chain ip early out'", false),
            new Obstacle("rule 3 of 'nft list chain ip early out'", true));
  }

  @Test
  void feedsWhatADryRunPrints() throws IOException {
    List<String> fed = new ArrayList<>();
    CommandRunner recording =
        command -> {
          fed.add(command.input());
          return namespace.runner().run(command);
        };
    RuleProgram program = program(InterceptionMode.TPROXY);

    NftablesBackend.with(recording).change(program);

    List<Command> printed = backend.commands(NOTHING, program);
    assertThat(printed).singleElement().isEqualTo(printed.getFirst().withInput(fed.getLast()));
    assertThat(fed).filteredOn(input -> !input.isEmpty()).hasSize(1);
  }

  @Test
  void takesBackAChangeToTheLastStrangeRule() throws IOException {
    backend.change(program(InterceptionMode.TPROXY));
    namespace.run("nft", "add", "rule", "ip", "sluice_nat", "SLUICE_OUTPUT", "udp dport 9 log");
    namespace.run("nft", "add", "chain", "ip6", "sluice_mangle", "OTHER");
    String before = ruleset();
    assertThat(backend.read().strange()).hasSize(2);

    Undo undo = backend.change(program(InterceptionMode.REDIRECT)).orElseThrow();
    assertThat(backend.read().program())
        .isEqualTo(NormalForm.of(withoutRouting(program(InterceptionMode.REDIRECT))));
    undo.run();

    assertThat(ruleset().lines().sorted()).isEqualTo(before.lines().sorted().toList());
  }

  @Test
  void leavesWhatWasThereWhenTheKernelRefuses() throws IOException {
    backend.change(program(InterceptionMode.REDIRECT));
    String before = ruleset();

    assertThatExceptionOfType(RulesException.class)
        .isThrownBy(() -> backend.change(refused()))
        .withMessageContaining("tproxy to :15006")
        .withMessageContaining("nft_tproxy");

    assertThat(ruleset()).isEqualTo(before);
  }

  @Test
  void repairsAChainThatIsCalledElsewhere() throws IOException {
    backend.change(program(InterceptionMode.REDIRECT));
    String before = ruleset();
    namespace.run("nft", "delete", "table", "ip", "sluice_nat");
    feed(
        """
        table ip sluice_nat {
          chain OUTPUT {
            type nat hook output priority 7; policy accept;
          }
        }
        """);

    backend.change(program(InterceptionMode.REDIRECT));

    assertThat(ruleset().lines().sorted()).isEqualTo(before.lines().sorted().toList());
  }

  /** SIGKILL at a later and later moment, from before nft reads anything to after its end. */
  @Test
  void holdsTheOldOrTheNewProgramWhereverNftIsKilled() throws IOException {
    RuleProgram redirect = withoutRouting(program(InterceptionMode.REDIRECT));
    RuleProgram tproxy = withoutRouting(program(InterceptionMode.TPROXY));
    Set<RuleProgram> found = new HashSet<>();
    boolean killed = false;
    for (int step = 1; step <= 20; step++) {
      backend.change(redirect);
      CommandResult result = killedAfter(step, backend.commands(redirect, tproxy).getFirst());
      killed |= !result.succeeded();
      assertThat(backend.read().strange()).isEmpty();
      found.add(backend.read().program());
    }

    assertThat(killed).isTrue();
    assertThat(found).isSubsetOf(NormalForm.of(redirect), NormalForm.of(tproxy));
  }

  private CommandResult killedAfter(int milliseconds, Command command) throws CommandException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of("timeout", "-s", "KILL", "%.4f".formatted(milliseconds * 0.001)));
    words.addAll(command.arguments());
    return Command.of(words.toArray(String[]::new))
        .withInput(command.input())
        .inNetworkNamespace(namespace.path())
        .run();
  }

  private void feed(String script) throws CommandException {
    Command.of("nft", "-f", "-")
        .withInput(script)
        .inNetworkNamespace(namespace.path())
        .runOrThrow();
  }

  private String ruleset() throws CommandException {
    return namespace.run("nft", "-s", "list", "ruleset");
  }

  private static RuleProgram program(InterceptionMode mode) {
    return RulePlanner.plan(RuleOptions.defaults(mode), List.of(Family.IPV4, Family.IPV6));
  }

  /** A good IPv4 part, and an IPv6 one that asks for TPROXY where packets leave: none has that. */
  private static RuleProgram refused() {
    Rule rule = new Rule("refused", List.of(new Match.Tcp()), new Target.Tproxy(15006, 1337));
    Rule enter = new Rule("enter", List.of(), new Target.Call("SLUICE_REFUSED"));
    TableProgram mangle =
        new TableProgram(
            Table.MANGLE,
            List.of(new Chain("SLUICE_REFUSED", List.of(rule))),
            List.of(new Entry(Hook.OUTPUT, enter)));
    return new RuleProgram(
        List.of(
            program(InterceptionMode.TPROXY).families().getFirst(),
            new FamilyProgram(Family.IPV6, List.of(mangle), List.of())));
  }
}
