// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.sluice.it.Checkout;
import dev.sluice.it.bpf.TestCgroup;
import dev.sluice.process.Command;
import dev.sluice.process.CommandException;
import dev.sluice.process.CommandResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A machine that systemd boots: process 1 of pid, mount, network, cgroup, uts and ipc namespaces of
 * its own, with this host's programs, the checkout at {@code /opt/sluice}, and of systemd's units
 * those alone that a boot needs. What is written to its disk is still there after a reboot; what
 * lies in {@code /run}, {@code /sys} and {@code /tmp}, and what is in the kernel, is not. The host
 * sees a cgroup and processes, which are gone when this is closed, and nothing else of it.
 */
final class Machine implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(20);

  /**
   * Holds the disk, which ends with it: a file system in memory above the host's. Boots when it
   * reads a line, and says which process waits for process 1.
   */
  private static final String HOST =
      """
      set -euo pipefail
      folder=$1 checkout=$2 cgroup=$3
      mount -t tmpfs -o mode=0755 tmpfs "$folder"
      mkdir "$folder/root" "$folder/upper" "$folder/work" "$folder/units"
      mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
      cd "$folder/root"
      for unit in basic sysinit multi-user local-fs local-fs-pre network network-pre network-online \\
        sockets paths timers slices swap shutdown umount final reboot rescue emergency; do
        cp -P "/usr/lib/systemd/system/$unit.target" "$folder/units/"
      done
      cp /usr/lib/systemd/system/systemd-{journald.service,journald.socket,journald-dev-log.socket,reboot.service} "$folder/units/"
      rm -rf usr/lib/systemd/system usr/lib/systemd/system-generators etc/systemd
      mkdir -p etc/systemd/system opt/sluice .host
      mv "$folder/units" usr/lib/systemd/system
      cd usr/lib/systemd/system
      mkdir sysinit.target.wants sockets.target.wants
      ln -s multi-user.target default.target
      ln -s ../systemd-journald.service sysinit.target.wants/
      ln -s ../systemd-journald.socket ../systemd-journald-dev-log.socket sockets.target.wants/
      cd "$folder/root"
      echo 0123456789abcdef0123456789abcdef >etc/machine-id
      echo machine >etc/hostname
      waiting=
      trap '[[ -z $waiting ]] || kill -KILL $waiting 2>/dev/null || true' EXIT
      while read -r _; do
        (
          echo "$BASHPID" >"$cgroup/cgroup.procs"
          exec unshare --cgroup --mount --propagation private --net --uts --ipc --pid --fork --kill-child=KILL \\
            bash -c "$4" boot "$folder/root" "$checkout" </dev/null
        ) >&2 &
        waiting=$!
        echo "$waiting"
      done
      """;

  /** The file systems that are there before process 1 is, as a container's manager makes them. */
  private static final String BOOT =
      """
      set -euo pipefail
      cd "$1"
      mount -t proc proc proc
      mount --bind proc/sys proc/sys
      mount -o remount,bind,ro proc/sys
      mount --bind proc/sys/net proc/sys/net
      mount -o remount,bind,rw proc/sys/net
      mount -t sysfs -o ro sysfs sys
      mount -t cgroup2 cgroup2 sys/fs/cgroup
      mount -t tmpfs -o mode=0755 tmpfs dev
      for device in null zero full random urandom tty console; do
        touch "dev/$device"
        mount --bind "/dev/${device/console/null}" "dev/$device"
      done
      mkdir dev/pts dev/shm
      mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
      mount -t tmpfs tmpfs dev/shm
      ln -s pts/ptmx dev/ptmx
      ln -s /proc/self/fd dev/fd
      mount -t tmpfs -o mode=0755 tmpfs run
      mount -t tmpfs -o mode=1777 tmpfs tmp
      mount --bind "$2" opt/sluice
      mount -o remount,bind,ro opt/sluice
      pivot_root . .host
      umount -l .host
      mount --make-rshared /
      exec env -i container=sluice-test PATH=/usr/sbin:/usr/bin:/sbin:/bin TERM=dumb /usr/lib/systemd/systemd --system
      """;

  private static final String SESSION =
      "echo $$ >\"$1/cgroup.procs\"; exec nsenter --target \"$2\" --all -- env -i HOME=/root"
          + " PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
          + " bash -euo pipefail -c \"$0\"";

  private final Path folder;
  private final TestCgroup cgroup;
  private final Path session;
  private final Process holder;
  private final Writer orders;
  private final BufferedReader answers;
  private long first;

  private Machine(Path folder, TestCgroup cgroup) throws IOException {
    this.folder = folder;
    this.cgroup = cgroup;
    this.session = cgroup.path().resolve("session");
    this.holder =
        new ProcessBuilder(
                "unshare",
                "--mount",
                "--propagation",
                "private",
                "bash",
                "-c",
                HOST,
                "machine",
                folder.toString(),
                Checkout.home().toString(),
                cgroup.path().toString(),
                BOOT)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    this.orders = holder.outputWriter();
    this.answers = holder.inputReader();
  }

  /** Boots one. */
  static Machine boot() throws IOException {
    Machine machine =
        new Machine(Files.createTempDirectory("sluice-machine-"), TestCgroup.create("machine"));
    try {
      machine.start();
      return machine;
    } catch (IOException | RuntimeException | Error e) {
      machine.close();
      throw e;
    }
  }

  private void start() throws IOException {
    Files.createDirectories(session); // systemd removes it at the end.
    orders.write("boot\n");
    orders.flush();
    String waiting = Objects.requireNonNull(answers.readLine(), "the machine has ended");
    ProcessHandle parent = ProcessHandle.of(Long.parseLong(waiting)).orElseThrow();
    first =
        await("process 1 of the machine")
            .pollInterval(PAUSE)
            .atMost(PATIENCE)
            .until(() -> parent.children().findFirst(), Optional::isPresent)
            .orElseThrow()
            .pid();
    await("the machine has booted")
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(() -> tryRun("systemctl is-system-running --wait").succeeded());
  }

  /** As somebody who has logged in as root: a script of bash that ends at the first failure. */
  CommandResult tryRun(String script) throws CommandException {
    return Command.of("sh", "-c", SESSION, script, session.toString(), Long.toString(first)).run();
  }

  /** What such a script prints that succeeds. */
  String run(String script) throws CommandException {
    CommandResult result = tryRun(script);
    assertThat(result.succeeded())
        .as("%s: %s%s", script, result.output(), result.errors())
        .isTrue();
    return result.output();
  }

  /** Writes a file to its disk. */
  void write(String path, String text) throws CommandException {
    Command.of(
            "sh",
            "-c",
            SESSION,
            "mkdir -p $(dirname " + path + "); cat >" + path,
            session.toString(),
            Long.toString(first))
        .withInput(text)
        .runOrThrow();
  }

  /** By systemctl; it is up again when this returns. */
  void reboot() throws IOException {
    ProcessHandle old = ProcessHandle.of(first).orElseThrow();
    tryRun("systemctl reboot"); // Ends as the machine does.
    await("the machine goes down").pollInterval(PAUSE).atMost(PATIENCE).until(() -> !old.isAlive());
    start();
  }

  @Override
  public void close() throws IOException {
    holder.destroy();
    holder.destroyForcibly().onExit().join();
    await("the cgroups of the machine go away")
        .ignoreExceptionsMatching(
            e -> e instanceof FileSystemException || e instanceof UncheckedIOException)
        .pollInterval(PAUSE)
        .atMost(PATIENCE)
        .until(this::removeCgroups);
    Files.delete(folder);
  }

  private boolean removeCgroups() throws IOException {
    Path kill = cgroup.path().resolve("cgroup.kill");
    if (Files.exists(kill)) {
      Files.writeString(kill, "1");
    }
    List<Path> groups;
    try (Stream<Path> files = Files.walk(cgroup.path())) {
      groups = files.filter(Files::isDirectory).sorted(Comparator.reverseOrder()).toList();
    }
    for (Path group : groups) {
      Files.delete(group);
    }
    return true;
  }
}
