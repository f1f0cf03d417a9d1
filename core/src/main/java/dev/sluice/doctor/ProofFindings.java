// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import dev.sluice.doctor.Finding.Fix;
import dev.sluice.net.AddressText;
import java.util.ArrayList;
import java.util.List;

/** What live connections showed. Pure. */
final class ProofFindings {
  private ProofFindings() {}

  /** {@code causes} are what was found by looking: a connection that got lost follows from them. */
  static List<Finding> of(Facts facts, List<Finding> causes) {
    List<Finding> found = new ArrayList<>();
    for (Sight sight : facts.proof()) {
      switch (sight.outcome()) {
        case Sight.Outcome.Seen seen when !sight.isRight() -> found.add(lost(facts, sight, seen));
        case Sight.Outcome.Unseen unseen when causes.isEmpty() && sight.promised() ->
            found.add(
                new Finding(
                    Fault.NOT_CAPTURED,
                    "a connection to "
                        + AddressText.of(sight.dialled())
                        + " did not reach the proxy: "
                        + unseen.why(),
                    "connections go past the proxy, or are lost",
                    new Fix.Ask("see which rule takes it, with 'nft monitor trace'")));
        case Sight.Outcome.Seen _, Sight.Outcome.Unseen _, Sight.Outcome.Untried _ -> {}
      }
    }
    return found;
  }

  private static Finding lost(Facts facts, Sight sight, Sight.Outcome.Seen seen) {
    String cgroup = facts.cgroups().at().map(Object::toString).orElse("POD");
    Fix fix =
        facts.used().contains(Mode.SERVICE_IP) || facts.used().contains(Mode.SOCKET)
            ? new Fix.Ask("have the program that rewrites it run after those of Sluice")
            : Fix.of(
                "sluice service-ip on --cgroup " + cgroup + facts.subject().pins(),
                List.of(cgroup));
    return new Finding(
        Fault.DESTINATION_LOST,
        "a connection to "
            + sight.dialled()
            + " reached the proxy as one to "
            + AddressText.of(seen.original()),
        "policies and routes of the service are bypassed: the proxy doesn't know that it was"
            + " dialled",
        fix);
  }
}
