// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** What needs no kernel; the rest is tested in namespaces. */
final class InitCommandTest {
  private static final String NOTHING_CHOSEN =
      "sluice init: no -b, -i or -q says what to capture: everything, but for the ports that"
          + " Istio's injector leaves alone";

  private final Map<String, String> environment = new HashMap<>();
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @Test
  void printsTheProgramWithoutApplyingIt() {
    assertThat(run("--dry-run", "-m", "TPROXY", "-p", "25001")).isZero();
    assertThat(out.toString())
        .contains("-A SLUICE_REDIRECT -p tcp -j REDIRECT --to-ports 25001\n")
        .contains("-A SLUICE_TPROXY ! -d 127.0.0.1/32 -p tcp -j TPROXY")
        .contains("ip -4 rule add pref 13370 from all fwmark 0x539 lookup 133 protocol 157\n");
    assertThat(err.toString().lines()).containsExactly(NOTHING_CHOSEN);
  }

  @Test
  void printsJsonByEitherName() {
    assertThat(run("-n", "-b", "80", "--format=json")).isZero();
    String byFormat = out.toString();
    out.getBuffer().setLength(0);

    assertThat(run("-n", "-b", "80", "--json")).isZero();
    assertThat(out.toString())
        .isEqualTo(byFormat)
        .startsWith("{\"families\":[{\"family\":\"IPv4\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          --json                      | --json without --dry-run, --verify or --explain; expected one of them with it
          --cleanup --json            | --json without --dry-run, --verify or --explain; expected one of them with it
          --format=json               | --format=json without --dry-run, --verify or --explain; expected one of them with it
          -n --json --format=istio    | --json with --format=istio; expected one of them
          """)
  void refusesJsonWhereNothingIsPrinted(String options, String complaint) {
    assertThat(run(options.split(" ", -1))).isEqualTo(1);
    assertThat(err.toString().lines()).containsExactly("sluice init: " + complaint);
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void capturesNothingThatWasNotChosen() {
    assertThat(run("-n", "-b", "80")).isZero();
    assertThat(out.toString())
        .contains("-A SLUICE_INBOUND -p tcp --dport 80 -j SLUICE_IN_REDIRECT\n")
        .doesNotContain("15090")
        .doesNotContain("SLUICE_REDIRECT");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void takesAVariableForAChoiceToo() {
    environment.put("ISTIO_SERVICE_CIDR", "10.0.0.0/8");

    assertThat(run("-n")).isZero();
    assertThat(out.toString())
        .contains("-A SLUICE_OUTPUT -p tcp -d 10.0.0.0/8 -j SLUICE_REDIRECT\n")
        .doesNotContain("-A SLUICE_INBOUND");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void takesTheGroupsFromTheUsersUnlessTheyAreGiven() {
    assertThat(run("-n", "-u", "2001,2002")).isZero();
    assertThat(out.toString())
        .contains("--gid-owner 2001")
        .contains("--gid-owner 2002")
        .doesNotContain("owner 1337");
  }

  @Test
  void takesTheUserByName() {
    environment.put("ENVOY_USER", "nobody");

    assertThat(run("-n")).isZero();
    assertThat(out.toString()).contains("--uid-owner 65534 ");
  }

  @Test
  void reportsAllMistakesTogetherAndEndsWith1() {
    environment.put("DROP_INVALID", "maybe");

    assertThat(
            run(
                "-n",
                "--cleanup",
                "--redirect-dns=yes",
                "--ipv6=no",
                "--force-iptables-binary=old",
                "--iptables-probe-port=0",
                "--probe-timeout=5",
                "--format=xml",
                "-m",
                "tproxy",
                "-p",
                "0",
                "-z",
                "x"))
        .isEqualTo(1);
    assertThat(err.toString().lines())
        .containsExactly(
            "sluice init: --redirect-dns 'yes'; expected true or false",
            "sluice init: DROP_INVALID 'maybe'; expected true or false",
            "sluice init: --format 'xml'; expected json or istio",
            "sluice init: --ipv6 'no'; expected on or off",
            "sluice init: --dry-run with --cleanup; expected one of them",
            "sluice init: --force-iptables-binary 'old'; expected legacy or nft",
            "sluice init: probe port (--iptables-probe-port) '0'; expected 1 to 65535",
            "sluice init: probe timeout (--probe-timeout) '5' is no duration; expected a whole"
                + " number with ms, s, m or h, such as 10s",
            "sluice init: interception mode (-m) 'tproxy'; expected REDIRECT, TPROXY or NODE",
            "sluice init: outbound port (-p) '0'; expected 1 to 65535",
            "sluice init: inbound port (-z) 'x'; expected 1 to 65535");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void refusesAValueThatIsNotAttached() {
    assertThat(line().execute("-n", "--redirect-dns", "false")).isNotZero();
    assertThat(out.toString()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "1,true",
    "t,true",
    "TRUE,true",
    "True,true",
    "0,false",
    "F,false",
    "False,false",
    "'',false"
  })
  void readsSwitchesInVariables(String word, boolean on) {
    environment.put("DROP_INVALID", word);

    assertThat(run("-n")).isZero();
    assertThat(out.toString().contains("--ctstate INVALID")).isEqualTo(on);
  }

  @Test
  void prefersTheCommandLineToTheSecondNameAndThatToTheFirst() {
    environment.put("DROP_INVALID", "true");
    environment.put("INVALID_DROP", "false");
    assertThat(run("-n")).isZero();
    assertThat(out.toString()).doesNotContain("INVALID");

    environment.put("INVALID_DROP", "nonsense");
    assertThat(run("-n", "--drop-invalid")).isZero();
    assertThat(out.toString()).contains("INVALID");
  }

  @Test
  void takesTheLastOfTwo() {
    assertThat(run("-n", "-b", "80", "-b", "81")).isZero();
    assertThat(out.toString()).contains("--dport 81 ").doesNotContain("--dport 80 ");
  }

  @Test
  void excludesIpv6ByNameAlone() {
    assertThat(run("-n", "--ipv6=off")).isZero();
    assertThat(out.toString()).doesNotContain("ip6tables").doesNotContain("::");

    assertThat(run("-n", "--ipv6=off", "--dual-stack", "-i", "fd00::/8")).isEqualTo(1);
    assertThat(err.toString())
        .contains("--dual-stack with --ipv6=off; expected one of them\n")
        .contains("destination fd00::/8 is one of IPv6, and IPv6 is excluded (--ipv6=off)\n");
  }

  @Test
  void saysWhichOfTwoOptionsWins() {
    assertThat(run("-n", "-b", "80", "-d", "81", "-q", "443", "-o", "400-500")).isZero();
    assertThat(err.toString().lines())
        .containsExactly(
            "sluice init: excluded inbound ports (-d) have no effect: they count only with -b '*',"
                + " not with -b '80'",
            "sluice init: outbound ports 443 (-q) and 400-500 (-o) overlap: -o wins");
  }

  @Test
  void printsTheProgramAsJson() {
    assertThat(run("-n", "-m", "NODE", "--format", "json", "--ipv6=off")).isZero();
    assertThat(out.toString())
        .startsWith(
            """
            {"families":[{"family":"IPv4","routing":["ip -4 route add local default dev lo table 100 proto 157",\
            """)
        .contains(
            """
            {"chain":"PREROUTING","rules":[{"rule":"-p tcp -j SLUICE_PREROUTING","why":"what arrives"}]}\
            """)
        .endsWith("]}]}]}\n");
  }

  @Test
  void printsIstiosOwnProgramWithIstiosDefaults() {
    assertThat(run("-n", "--format=istio")).isZero();
    assertThat(out.toString())
        .startsWith("* nat\n-N ISTIO_INBOUND\n")
        .doesNotContain("-j ISTIO_REDIRECT")
        .doesNotContain("PREROUTING");
    assertThat(err.toString()).doesNotContain("-b, -i or -q");
  }

  @Test
  void takesNonsenseInVariablesForFalseWhereIstioDoes() {
    environment.put("DROP_INVALID", "true");
    environment.put("INVALID_DROP", "maybe");

    assertThat(run("-n", "--format=istio")).isZero();
    assertThat(out.toString()).doesNotContain("INVALID");
    assertThat(err.toString())
        .contains("sluice init: taken for false: INVALID_DROP 'maybe'; expected true or false\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tproxy", "NODE", "NONE"})
  void refusesModesThatIstioTakesForRedirect(String mode) {
    assertThat(run("-n", "--format=istio", "-m", mode)).isEqualTo(1);
    assertThat(err.toString())
        .contains("interception mode (-m) '" + mode + "'; expected REDIRECT or TPROXY");
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void printsIstiosScriptForNft() {
    assertThat(run("-n", "--format=istio", "--native-nftables", "-b", "*")).isZero();
    assertThat(out.toString())
        .startsWith("add table inet istio-proxy-nat\nflush table inet istio-proxy-nat\n");

    assertThat(run("-n", "--format=istio", "--native-nftables", "--cleanup-only")).isZero();
    assertThat(out.toString())
        .isEqualTo(
            """
            add table inet istio-proxy-nat
            delete table inet istio-proxy-nat
            add table inet istio-proxy-mangle
            delete table inet istio-proxy-mangle
            add table inet istio-proxy-raw
            delete table inet istio-proxy-raw
            """);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--cleanup-only", "--skip-rule-apply"})
  void printsNoRuleWhereIstioPrintsNone(String option) {
    assertThat(run("-n", "--format=istio", option)).isZero();
    assertThat(out.toString()).isEmpty();
  }

  @Test
  void writesIstiosFileAndKeepsTheTailOfAnOlderOne(@TempDir Path directory) throws IOException {
    Path file = directory.resolve("rules");
    String old = "old line\n".repeat(1000);
    Files.writeString(file, old);
    environment.put("DRY_RUN_FILE_PATH", file.toString());

    assertThat(run("-n", "--format=istio", "-u", "1")).isZero();
    String written = Files.readString(file);
    assertThat(written)
        .startsWith("iptables-save\nip6tables-save\n* nat\n-N ISTIO_INBOUND\n")
        .contains("COMMIT\niptables-save\n")
        .endsWith("old line\nold line\n")
        .hasSize(old.length());
  }

  @Test
  void wantsADryRunForIstiosProgram() {
    assertThat(run("--format=istio")).isEqualTo(1);
    assertThat(err.toString()).contains("--format=istio without --dry-run; expected both");
  }

  @Test
  void readsEveryVariableOfIstioAndNoOther() {
    List<String> variables = InitVariables.options();

    assertThat(variables).hasSize(31).doesNotContain("--envoy-port");
    List<String> options =
        line().getCommandSpec().options().stream().map(option -> option.longestName()).toList();
    assertThat(options).containsAll(variables);
    environment.put("ENVOY_PORT", "25001");
    environment.put("FORMAT", "json");
    environment.put("VERIFY", "true");
    assertThat(run("-n")).isZero();
    assertThat(out.toString()).contains("--to-ports 15001").doesNotContain("25001");
  }

  @ParameterizedTest
  @CsvSource({
    "REDIRECT, --native-nftables, REDIRECT",
    "NODE, --native-nftables, NODE",
    "TPROXY, --force-iptables-binary=nft, TPROXY by iptables"
  })
  void refusesToFailOpenWhereTheRulesCant(String mode, String backend, String said) {
    assertThat(run("-n", "-m", mode, backend, "--inbound-on-proxy-death", "open")).isOne();
    assertThat(err.toString().lines())
        .contains(
            "sluice init: --inbound-on-proxy-death open with "
                + said
                + "; expected -m TPROXY with --native-nftables: other rules fail closed, and open"
                + " only where a running 'sluice node' takes them away");
  }

  @Test
  void failsOpenByOneRuleInPlaceOfTheLoss() {
    assertThat(run("-n", "-m", "TPROXY", "--native-nftables", "--ipv6=off")).isZero();
    assertThat(out.toString()).contains("nobody listens there: lost").doesNotContain("0x53c");
    assertThat(
            run(
                "-n",
                "-m",
                "TPROXY",
                "--native-nftables",
                "--ipv6=off",
                "--inbound-on-proxy-death=open"))
        .isZero();
    assertThat(out.toString())
        .contains("ct mark set 0x53c", "ct mark 0x53c")
        .doesNotContain("nobody listens there: lost");
  }

  @Test
  void refusesAnotherWordForTheDeathOfTheProxy() {
    assertThat(run("-n", "--inbound-on-proxy-death", "ajar")).isOne();
    assertThat(err.toString())
        .contains("sluice init: --inbound-on-proxy-death 'ajar'; expected open or closed");
  }

  private int run(String... arguments) {
    out.getBuffer().setLength(0);
    return line().execute(arguments);
  }

  private CommandLine line() {
    return new CommandLine(new InitCommand(environment))
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true));
  }
}
