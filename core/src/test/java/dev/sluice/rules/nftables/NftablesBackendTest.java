// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.net.InterceptionMode;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import dev.sluice.rules.Family;
import dev.sluice.rules.RuleOptions;
import dev.sluice.rules.RulePlanner;
import dev.sluice.rules.RuleProgram;
import dev.sluice.rules.RulesException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What it makes of the nft that it finds; what nft does is tested on the kernel. */
final class NftablesBackendTest {
  private static final RuleProgram NOTHING = new RuleProgram(List.of());
  private static final RuleProgram PROGRAM =
      RulePlanner.plan(
          RuleOptions.defaults(InterceptionMode.TPROXY), List.of(Family.IPV4, Family.IPV6));

  private final List<String> run = new ArrayList<>();
  private String version = "nftables v1.0.6 (Lester Gooch #5)\n";
  private String complaint = "";

  @Test
  void changesNothingWithAnNftThatIsTooOld() {
    version = "nftables v0.9.8 (E.D.S.)\n";
    NftablesBackend backend = NftablesBackend.with(this::answer);

    assertThatThrownBy(() -> backend.change(PROGRAM))
        .isInstanceOf(RulesException.class)
        .hasMessageContaining("v0.9.8")
        .hasMessageContaining("expected version 1.0.1");
    assertThat(run).containsExactly("nft --version");
  }

  @Test
  void isNotFoundWhereItCanNotHaveBeenUsed() throws RulesException {
    assertThat(NftablesBackend.find(this::answer)).isPresent();

    complaint = "netlink: Error: Unable to initialize Netlink socket: Protocol not supported";
    assertThat(NftablesBackend.find(this::answer)).isEmpty();

    complaint = "";
    version = "nftables v1.0.0 (Fearless Fosdick)\n";
    assertThat(NftablesBackend.find(this::answer)).isEmpty();
  }

  @Test
  void isFoundByThoseWhoMayNotAskTheKernel() throws RulesException {
    complaint = "Operation not permitted (you must be root)";

    assertThat(NftablesBackend.find(this::answer)).isPresent();
  }

  @Test
  void putsBothFamiliesAndAllTablesIntoOneCommandAndRunsNothingToSaySo() {
    List<Command> commands = NftablesBackend.with(this::answer).commands(NOTHING, PROGRAM);

    assertThat(commands).singleElement().extracting(Command::commandLine).isEqualTo("nft -f -");
    assertThat(commands.getFirst().input().lines().filter(line -> line.startsWith("table ")))
        .containsExactly(
            "table ip sluice_mangle {",
            "table ip sluice_nat {",
            "table ip6 sluice_mangle {",
            "table ip6 sluice_nat {");
    assertThat(run).isEmpty();
  }

  @Test
  void goesBackByTheShortestWay() {
    assertThat(NftablesBackend.with(this::answer).commands(PROGRAM, NOTHING))
        .singleElement()
        .extracting(Command::input)
        .isEqualTo(
            """
            delete table ip sluice_mangle
            delete table ip sluice_nat
            delete table ip6 sluice_mangle
            delete table ip6 sluice_nat
            """);
  }

  private CommandResult answer(Command command) {
    String line = command.commandLine();
    run.add(line);
    return line.equals("nft --version")
        ? new CommandResult(line, 0, version, "")
        : new CommandResult(line, complaint.isEmpty() ? 0 : 1, "{\"nftables\": []}", complaint);
  }
}
