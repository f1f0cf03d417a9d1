// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.FalsePrograms;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import dev.sluice.process.CommandResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command: hosts that are broken for one process alone, bad input, the bundle, a kill. */
final class DoctorCommandIT {
  /** Of the time that it takes to end by itself. */
  private static final int STEPS = 5;

  /** A link of the namespace in which live connections are made. */
  private static final String WAY_OUT = "sluice0";

  private final Patient pod = Patient.admit();

  DoctorCommandIT() throws IOException {}

  @AfterEach
  void close() throws IOException {
    pod.close();
  }

  private String doctor() {
    return "sluice doctor --netns "
        + pod.namespace()
        + " --cgroup "
        + pod.applicationCgroup()
        + " --bpf-fs "
        + pod.bpfFileSystem();
  }

  @Test
  void endsWith0WhereNothingIsWrong() throws IOException {
    CommandResult result;
    try (FalsePrograms programs = FalsePrograms.make()) {
      result = pod.attempt(programs.exports() + doctor());
      assertThat(programs.started()).isEmpty();
    }

    assertThat(result.errors()).isEmpty();
    assertThat(result.exitCode()).as(result.output()).isZero();
    assertThat(result.output())
        .contains("  redirect: works, tried", "  service-ip: works, tried")
        .endsWith(
            "Healthy: nothing stands in the way of redirect, tproxy, socket, lb, service-ip.\n");
  }

  @Test
  void printsJson() throws IOException {
    pod.init();

    CommandResult result = pod.attempt(doctor() + " --json");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output())
        .startsWith("{\"healthy\":false,")
        .contains("\"fault\":\"proxy-dead\"", "\"rules\":[\"REDIRECT by iptables-nft\"]");
  }

  @Test
  void findsOutThatPartsOfIptablesAreMissing() throws IOException {
    String asked = doctor() + " --mode redirect,tproxy";
    // In a mount namespace of its own, where the parts come back too.
    CommandResult result =
        pod.attempt(
            "parts=$(echo /usr/lib/*/xtables); unshare --mount bash -c 'mount -t tmpfs none $1; "
                + asked
                + "; echo ended with $?; umount $1; "
                + asked
                + "' bash $parts");

    assertThat(result.output())
        .contains("FAULT feature-missing: ", "doesn't know the ", "  to do: install the packages")
        .contains("ended with 1\n");
    assertThat(result.exitCode()).as(result.output()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "umount -a -t bpf, no-bpf-file-system, ''",
    "umount -l $(findmnt -n -t cgroup2 -o TARGET), no-cgroup-tree, --mode socket"
  })
  void mountsWhatIsNotMounted(String breaking, String fault, String options) throws IOException {
    // In a mount namespace of its own, where the fix acts too.
    Path report = Files.createTempFile("slt-doctor-report-", ".txt");
    try {
      String asked = "sluice doctor " + options + " --netns " + pod.namespace();
      String line =
          breaking
              + "; "
              + asked
              + " > /proc/self/fd/3; eval \"$(sed -n 's/^  fix: //p' "
              + report
              + ")\" && "
              + asked;
      CommandResult result =
          pod.attempt(
              "exec 3> "
                  + report
                  + "; unshare --mount bash -c '"
                  + line.replace("'", "'\\''")
                  + "'");

      assertThat(Files.readString(report)).contains("FAULT " + fault + ": ");
      assertThat(result.exitCode()).as(result.output() + result.errors()).isZero();
      assertThat(result.output()).contains("Healthy: ");
    } finally {
      Files.delete(report);
    }
  }

  @Test
  void namesASystemCallThatAFilterRefuses() throws IOException {
    String filter =
        "import ctypes, os, struct, sys; libc = ctypes.CDLL(None, use_errno=True);"
            // Linux: Documentation/userspace-api/seccomp_filter.rst; bpf(2) is 321 on x86-64, 280
            // on
            // arm64.
            + " number = {\"x86_64\": 321, \"aarch64\": 280}[os.uname().machine];"
            + " code = struct.pack(\"HBBIHBBIHBBIHBBI\", 0x20, 0, 0, 0, 0x15, 0, 1, number,"
            + " 0x06, 0, 0, 0x00050001, 0x06, 0, 0, 0x7fff0000);"
            + " held = ctypes.create_string_buffer(code);"
            + " program = struct.pack(\"HxxxxxxP\", 4, ctypes.addressof(held));"
            + " libc.prctl(22, 2, program, 0, 0) and sys.exit(\"no filter\");"
            + " os.execvp(\"sluice\", sys.argv[1:])";
    CommandResult result =
        pod.attempt(
            "/usr/bin/python3 -c '"
                + filter
                + "' "
                + doctor().replace(" --cgroup " + pod.applicationCgroup(), "")
                + " --mode socket");

    assertThat(result.output() + result.errors()).contains("FAULT feature-missing: ", "EPERM");
    assertThat(result.output()).contains("without its seccomp filter");
    assertThat(result.exitCode()).isEqualTo(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--netns gone | open of network namespace /run/netns/gone: ENOENT",
        "--cgroup /tmp | expected a folder below",
        "--cgroup /sys/fs/cgroup/gone | there is no such folder",
        "--bpf-fs /tmp | expected bpf",
        "--mode ambient | --mode 'ambient'; expected redirect, tproxy, socket, lb or service-ip",
        "--to reviews | --to 'reviews'; expected ADDRESS:PORT, such as 10.96.0.10:80"
      })
  void refusesInOneLine(String options, String why) throws IOException {
    CommandResult result = pod.attempt("sluice doctor " + options);

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output()).isEmpty();
    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).startsWith("sluice doctor: ").contains(why);
  }

  @Test
  void saysWhichRightsAreMissing() throws IOException {
    CommandResult result =
        pod.attempt("setpriv --reuid 1000 --regid 1000 --clear-groups sluice doctor");

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.errors().lines()).hasSize(1);
    assertThat(result.errors()).contains("missing: CAP_NET_ADMIN, CAP_SYS_ADMIN");
  }

  @Test
  void bundlesWhatABugReportNeeds() throws IOException {
    pod.init();
    pod.start(
        "exec nsenter --net="
            + pod.namespace()
            + " -- /usr/bin/python3 -u -c 'import time; print(\"ready\"); time.sleep(600)'"
            + " --token=HUSH1 --password HUSH2",
        "ready");
    Path folder = Files.createTempDirectory("slt-doctor-bundle-");
    Path file = folder.resolve("report.txt");
    try {
      CommandResult result =
          pod.attempt("export SLUICE_SECRET=HUSH3; " + doctor() + " --bundle " + file);

      assertThat(result.errors()).contains("wrote " + file);
      assertThat(Files.readString(file))
          .contains("FAULT proxy-dead", "SLUICE_IN_REDIRECT", "==> $ ip -6 rule show <==")
          .contains("--token=***", "--password ***", "SLUICE_SECRET=***")
          .doesNotContain("HUSH");
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
      CommandResult again = pod.attempt(doctor() + " --bundle " + file);
      assertThat(again.errors()).contains("it is there already; expected a new file");
      assertThat(again.exitCode()).isEqualTo(1);
    } finally {
      Files.deleteIfExists(file);
      Files.delete(folder);
    }
  }

  @Test
  void showsWhatATerminalWouldActOn() throws IOException {
    pod.init();
    pod.inside(
        "iptables -t nat -I OUTPUT -p tcp -m comment --comment $'a\\e[2Jb' -j ACCEPT; ip6tables -t"
            + " nat -N $'ISTIO_\\e[31m'");

    CommandResult result = pod.attempt(doctor());

    assertThat(result.output())
        .contains("FAULT rules-preceded: ", "a\\x1b[2Jb", "ISTIO_\\x1b[31m", "no line to be run: ")
        .doesNotContain("\u001b");
  }

  /** Each as it is printed: rules, a proxy, and programs on sockets, all of them broken at once. */
  @Test
  void printsFixesThatWork() throws IOException {
    pod.init();
    pod.inside("ip6tables -t nat -D SLUICE_REDIRECT 1");
    String pins = " --bpf-fs " + pod.bpfFileSystem();
    pod.shell("sluice service-ip on --cgroup " + pod.cgroup() + pins);
    pod.shell(
        "bpftool link detach pinned $(ls -d %s/sluice/service-ip*/links/* | head -1)"
            .formatted(pod.bpfFileSystem()));

    CommandResult result = pod.attempt(doctor());

    assertThat(result.exitCode()).isEqualTo(1);
    assertThat(result.output())
        .contains("FAULT rules-changed: ", "FAULT proxy-dead: ", "FAULT feature-broken: ");
    List<String> fixes =
        result
            .output()
            .lines()
            .filter(line -> line.startsWith("  fix: "))
            .map(line -> line.substring("  fix: ".length()))
            .toList();
    assertThat(fixes).hasSize(3);
    for (String fix : fixes) {
      if (fix.contains("sluice proxy")) {
        pod.start(fix, "listening");
      } else {
        pod.shell(fix);
      }
    }
    CommandResult second = pod.attempt(doctor());
    assertThat(second.output()).contains("Healthy: ").doesNotContain("FAULT");
    assertThat(second.exitCode()).isZero();
  }

  /**
   * At moments spread over the time that it takes, and when its live connections are about to be
   * made: in a namespace with a way out that no other of its stages has, before its rules are there
   * and after.
   */
  @Test
  void leavesNothingWheneverItIsKilled() throws Exception {
    pod.init();
    pod.startProxy("REDIRECT");
    String before = state();
    try (TestCgroup home = TestCgroup.create("doctor-home")) {
      long begin = System.nanoTime();
      assertThat(begin(home).waitFor()).isZero();
      long whole = (System.nanoTime() - begin) / 1_000_000;
      for (int step = 1; step < STEPS; step++) {
        Process doctor = begin(home);
        long started = System.nanoTime();
        while (doctor.waitFor(whole * step / STEPS, TimeUnit.MILLISECONDS)) {
          // Quicker than the one that was timed.
          whole = (System.nanoTime() - started) / 1_000_000;
          doctor = begin(home);
          started = System.nanoTime();
        }
        kill(doctor, home, before);
      }
      for (String sign : List.of(WAY_OUT, WAY_OUT + ".*SLUICE_REDIRECT")) {
        Process doctor = begin(home);
        await()
            .pollDelay(Duration.ZERO)
            .pollInterval(Duration.ofMillis(5))
            .until(() -> Pattern.compile(sign, Pattern.DOTALL).matcher(spare(home)).find());
        assertThat(doctor.isAlive()).isTrue();
        kill(doctor, home, before);
      }
    }
  }

  /** Starts it as a member of {@code home}, as its children are then. */
  private Process begin(TestCgroup home) throws IOException {
    String join = "echo $$ > " + home.path().resolve("cgroup.procs") + "; ";
    return new ProcessBuilder("bash", "-c", join + pod.environment() + "exec " + doctor())
        .redirectErrorStream(true)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .start();
  }

  /** Links and rules of the namespaces that members of {@code home} hold. */
  private static String spare(TestCgroup home) throws IOException {
    StringBuilder found = new StringBuilder();
    for (String pid : Files.readAllLines(home.path().resolve("cgroup.procs"))) {
      if (!namespaceOf(pid).equals(namespaceOf("self"))) {
        String line = "ip -o link; nft list ruleset";
        found.append(
            Command.of("nsenter", "--net=/proc/" + pid + "/ns/net", "sh", "-c", line)
                .run()
                .output());
      }
    }
    return found.toString();
  }

  /** Empty for a process that has ended. */
  private static String namespaceOf(String pid) {
    try {
      return Files.readSymbolicLink(Path.of("/proc", pid, "ns/net")).toString();
    } catch (IOException e) {
      return "";
    }
  }

  private void kill(Process doctor, TestCgroup home, String before) throws Exception {
    doctor.destroyForcibly().waitFor();
    await()
        .atMost(Duration.ofSeconds(10))
        .untilAsserted(
            () -> {
              // A namespace that nobody has named goes with its last process.
              assertThat(Files.readString(home.path().resolve("cgroup.procs"))).isEmpty();
              assertThat(state()).isEqualTo(before);
            });
  }

  /**
   * Rules and what is attached in the pod, who is in its cgroups, and what is pinned: without a
   * process, a program that is neither attached nor pinned is gone.
   */
  private String state() throws IOException {
    return pod.inside("nft -s list ruleset; ip rule; ip -6 rule; ip route show table all")
        + Command.of("bpftool", "cgroup", "show", pod.cgroup().toString()).runOrThrow()
        + Files.readString(pod.applicationCgroup().resolve("cgroup.procs"))
        + Files.readString(pod.proxyCgroup().resolve("cgroup.procs"))
        + Command.of("find", pod.bpfFileSystem().toString()).runOrThrow();
  }
}
