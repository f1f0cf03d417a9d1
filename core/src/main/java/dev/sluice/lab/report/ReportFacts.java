// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.report;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;

/**
 * Where and when a report was made. Immutable.
 *
 * @param when the end of the run
 * @param kernel the kernel's release
 * @param java the JVM's version
 */
public record ReportFacts(Instant when, String kernel, String java) {
  private static final DateTimeFormatter FORMAT =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

  /** Those of this process, now. */
  public static ReportFacts here() {
    return new ReportFacts(
        Instant.now(), System.getProperty("os.version"), Runtime.version().toString());
  }

  String text() {
    return FORMAT.format(when) + " · Linux " + kernel + " · Java " + java;
  }
}
