// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.Capability;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** Whether this process may do what a command is about to do; see capabilities(7). */
final class Privileges {
  private Privileges() {}

  /**
   * One line that says what is missing to change rules and routes; empty if nothing is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForRules() throws IOException {
    // The kernel gives /proc/self to the effective user of the process.
    Object user = Files.getAttribute(Path.of("/proc/self"), "unix:uid");
    return lackingForRules(
        Capability.CAP_NET_ADMIN.effective(), Integer.toUnsignedLong((Integer) user));
  }

  static Optional<String> lackingForRules(boolean netAdmin, long user) {
    if (netAdmin) {
      return Optional.empty();
    }
    return Optional.of(
        user == 0
            ? "root, but without CAP_NET_ADMIN; expected a container or unit that grants it"
            : "user id " + user + " may not change rules; expected root: run it with sudo");
  }

  /**
   * One line that says which capabilities are missing to serve pods in their namespaces; empty if
   * none is.
   *
   * @param byProcess whether pods are found by their processes, most of them other users'
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForNode(boolean byProcess) throws IOException {
    List<Capability> needed =
        new ArrayList<>(List.of(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN));
    if (byProcess) {
      needed.add(Capability.CAP_SYS_PTRACE);
    }
    List<String> lacking = new ArrayList<>();
    for (Capability each : needed) {
      if (!each.effective()) {
        lacking.add(each.name());
      }
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "entering the pods' network namespaces and making rules there needs CAP_NET_ADMIN and"
                + " CAP_SYS_ADMIN"
                + (byProcess ? ", finding them by their processes CAP_SYS_PTRACE" : "")
                + "; missing: "
                + String.join(", ", lacking));
  }

  /**
   * One line that says which capabilities are missing to look everywhere and try everything; empty
   * if none is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForDoctor() throws IOException {
    List<String> lacking = new ArrayList<>();
    for (Capability needed : List.of(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN)) {
      if (!needed.effective()) {
        lacking.add(needed.name());
      }
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "looking into network namespaces and at eBPF programs needs root, with CAP_NET_ADMIN"
                + " and CAP_SYS_ADMIN; missing: "
                + String.join(", ", lacking));
  }

  /**
   * One line that says which capabilities are missing to trace packets and to look into other
   * network namespaces; empty if none is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForTrace() throws IOException {
    List<String> lacking = new ArrayList<>();
    for (Capability needed : List.of(Capability.CAP_NET_ADMIN, Capability.CAP_SYS_ADMIN)) {
      if (!needed.effective()) {
        lacking.add(needed.name());
      }
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "tracing packets and looking into network namespaces needs CAP_NET_ADMIN and"
                + " CAP_SYS_ADMIN; missing: "
                + String.join(", ", lacking));
  }

  /**
   * One line that says which capabilities are missing to load and attach the programs that observe
   * connections; empty if none is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForObserve() throws IOException {
    List<String> lacking = new ArrayList<>();
    if (!Capability.CAP_SYS_ADMIN.effective()) {
      for (Capability needed : List.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN)) {
        if (!needed.effective()) {
          lacking.add(needed.name());
        }
      }
    } else if (!Capability.CAP_NET_ADMIN.effective()) {
      lacking.add(Capability.CAP_NET_ADMIN.name());
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "attaching the programs that observe connections needs CAP_BPF and CAP_NET_ADMIN;"
                + " missing: "
                + String.join(", ", lacking));
  }

  /**
   * One line that says which capabilities are missing to load and attach the programs that give the
   * service IP back; empty if none is.
   *
   * @throws IOException if the kernel doesn't say
   */
  static Optional<String> lackingForServiceIp() throws IOException {
    List<Capability> lacking = new ArrayList<>();
    if (!Capability.CAP_SYS_ADMIN.effective()) {
      for (Capability needed :
          List.of(Capability.CAP_BPF, Capability.CAP_NET_ADMIN, Capability.CAP_PERFMON)) {
        if (!needed.effective()) {
          lacking.add(needed);
        }
      }
    }
    return lacking.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "loading the programs needs CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON (for the place of a"
                + " kernel field); missing: "
                + lacking.stream().map(Capability::name).collect(Collectors.joining(", ")));
  }
}
