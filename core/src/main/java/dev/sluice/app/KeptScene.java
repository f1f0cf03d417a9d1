// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.lab.Demo;
import dev.sluice.lab.party.PageDoor;
import dev.sluice.lab.party.Sidecar;
import dev.sluice.lab.report.Console;
import dev.sluice.lab.scenario.Interception;
import dev.sluice.lab.scenario.Scenario;
import dev.sluice.lab.topology.LabRun;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Leaves the scene of a scenario as it is after its connections, until Enter or a signal. Confined
 * to the demo's thread.
 *
 * @param page whether the live pages of its proxies are made reachable from the host
 */
record KeptScene(Console console, boolean page) implements Demo.Hold {
  /** Where a proxy that was told nothing else serves its page. */
  private static final int ADMIN_PORT = 15_000;

  @Override
  public void afterTraffic(Scenario scenario, LabRun run) throws IOException {
    List<PageDoor> doors = new ArrayList<>();
    try {
      console.say(scenario.name() + " is kept: its proxies and servers run. Look inside with");
      run.enterLines().forEach(enter -> console.say("  " + enter));
      console.say(
          "Make a connection with  nsenter --net="
              + run.namespaceFile(Party.CLIENT)
              + " -- curl http://10.7.2.2:8081/");
      if (page) {
        pages(scenario, run, doors);
      }
      console.say("Press Enter to take it down.");
      await();
    } finally {
      for (PageDoor door : doors) {
        door.close();
      }
    }
  }

  private void pages(Scenario scenario, LabRun run, List<PageDoor> doors) throws IOException {
    for (Interception interception : scenario.setup().interceptions()) {
      if (interception.sidecar() == Sidecar.SLUICE) {
        PageDoor door = PageDoor.open(run.namespaceFile(interception.party()), ADMIN_PORT);
        doors.add(door);
        console.say("Page of the " + interception.party().text() + "'s proxy: " + door.address());
      }
    }
    if (doors.isEmpty()) {
      console.say("No page: no proxy of Sluice is in this scenario.");
    }
  }

  /** Without a standard input only a signal ends it. */
  private static void await() throws IOException {
    int read;
    do {
      read = System.in.read();
    } while (read != '\n' && read != -1);
    if (read == -1) {
      try {
        Thread.sleep(Long.MAX_VALUE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
