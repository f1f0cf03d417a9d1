// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.lab.party.LabProcess;
import dev.sluice.lab.party.RunAs;
import dev.sluice.lab.topology.Party;
import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A process that holds as many pages in pipes as its user may have, so that others get few. */
final class PipeHoarder implements Closeable {
  /** A user whom nothing else runs as: pipes are counted by user on the whole machine. */
  static final int UID = 13_379;

  private static final String PROGRAM =
      """
      import fcntl, os, sys, time
      wanted = int(open('/proc/sys/fs/pipe-user-pages-soft').read()) - int(sys.argv[1])
      size = int(open('/proc/sys/fs/pipe-max-size').read()) // 4096
      held = 0
      while held < wanted:
          while size > wanted - held:
              size //= 2
          held += fcntl.fcntl(os.pipe()[1], 1031, size * 4096) // 4096
      print('held', flush=True)
      time.sleep(3600)
      """;

  private final LabProcess process;

  private PipeHoarder(LabProcess process) {
    this.process = process;
  }

  /** {@code left} pages are left to others of the same user: 16 of them make a usual pipe. */
  static PipeHoarder start(Mesh mesh, int left) throws IOException {
    List<String> words = new ArrayList<>(user());
    words.addAll(List.of("/usr/bin/python3", "-c", PROGRAM, Integer.toString(left)));
    LabProcess process = mesh.start(Party.CLIENT, RunAs.ROOT, words);
    process.awaitLine("held", Duration.ofSeconds(20));
    return new PipeHoarder(process);
  }

  /** The command as one of the same user, without any capability. */
  List<String> asItsUser(List<String> command) {
    List<String> words = new ArrayList<>(user());
    words.addAll(command);
    return words;
  }

  private static List<String> user() {
    String id = Integer.toString(UID);
    return List.of(
        "setpriv", "--reuid", id, "--regid", id, "--clear-groups", "--bounding-set", "-all");
  }

  @Override
  public void close() throws IOException {
    process.close();
  }
}
