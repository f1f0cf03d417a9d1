// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The fix that starts a proxy: again with the options that it has, if one runs, and otherwise with
 * those that can be told. Somebody else's process is never ended.
 */
final class ProxyStart {
  /** For a fault after whose fix only what rules or maps remember is as it was. */
  static final String UNKNOWN =
      "; what else the proxy was started with, such as -f, isn't known any more";

  private static final long ROOT = 0;

  private ProxyStart() {}

  /**
   * The fix.
   *
   * @param former who holds its ports; they are ended first
   * @param fresh the line where there is none: {@code sluice proxy} and its options
   * @param place what a line is put into: user, cgroup and namespace
   * @param wanted of a proxy that isn't Sluice's, in words
   * @param users besides root whose line {@code place} gives no more rights than they have
   */
  static Fix of(
      Collection<Resident> former,
      String fresh,
      UnaryOperator<String> place,
      String wanted,
      Collection<Long> users) {
    if (former.isEmpty()) {
      return new Fix.Run(place.apply(fresh));
    }
    List<Launch> launches = new ArrayList<>();
    StringBuilder end = new StringBuilder();
    for (Resident each : former) {
      Optional<Launch> launch = Launch.of(each);
      if (launch.isEmpty()) {
        return new Fix.Ask("process " + each.pid() + " has ended meanwhile: ask again");
      }
      if (!launch.get().isSluice() || !launch.get().here()) {
        return ask(each, launch.get(), wanted);
      }
      if (each.user() != ROOT && !users.contains(each.user())) {
        return new Fix.Ask(
            "process %d calls itself a proxy of Sluice's, by a line that user %d has chosen: look at it, and have it started again %s"
                .formatted(each.pid(), each.user(), wanted));
      }
      launches.add(launch.get());
      end.append(
          "kill %d; while kill -0 %d 2>/dev/null; do sleep 0.1; done; "
              .formatted(each.pid(), each.pid()));
    }
    Launch launch = launches.getFirst();
    return Fix.of(end + place.apply(launch.line()), launch.foreign());
  }

  private static Fix ask(Resident process, Launch launch, String wanted) {
    return new Fix.Ask(
        launch.isSluice()
            ? "start the container of process %d again, %s".formatted(process.pid(), wanted)
            : "have process %d (%s), which isn't Sluice's, started again, %s"
                .formatted(process.pid(), launch.name(), wanted));
  }
}
