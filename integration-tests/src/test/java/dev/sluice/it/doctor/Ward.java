// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pods of a test class. One that was cured serves the next test of its kind: {@link #cured} has
 * seen that nothing is wrong with it. One that a test has not given back is thrown away after it.
 */
final class Ward implements AutoCloseable {
  private static final String RULES_ONLY = "REDIRECT without a proxy";

  /** By the mode of their rules and proxy; {@link #RULES_ONLY} for those without a proxy. */
  private final Map<String, Patient> healthy = new HashMap<>();

  private final List<Patient> open = new ArrayList<>();

  Patient empty() throws IOException {
    Patient pod = Patient.admit();
    open.add(pod);
    return pod;
  }

  /** With rules of that mode and their proxy; nothing is wrong. */
  Patient healthy(String mode) throws IOException {
    Patient kept = healthy.remove(mode);
    if (kept != null) {
      open.add(kept);
      return kept;
    }
    Patient pod = empty();
    pod.init("-m", mode);
    pod.startProxy(mode);
    assertThat(pod.examine()).isEmpty();
    return pod;
  }

  /** With rules of REDIRECT alone. */
  Patient withoutProxy() throws IOException {
    Patient kept = healthy.remove(RULES_ONLY);
    if (kept != null) {
      open.add(kept);
      return kept;
    }
    Patient pod = empty();
    pod.init();
    return pod;
  }

  /** Runs the fix as it was printed; then nothing is wrong, and the pod serves the next test. */
  void cured(Patient pod, String mode, String fix) throws IOException {
    pod.isCuredBy(fix);
    keep(mode, pod);
  }

  /** Ends what was started; the rules are as they were. */
  void keepRules(Patient pod) throws IOException {
    pod.endAll();
    keep(RULES_ONLY, pod);
  }

  private void keep(String kind, Patient pod) {
    open.remove(pod);
    healthy.put(kind, pod);
  }

  /** After each test. */
  void closeOpen() throws IOException {
    for (Patient each : open) {
      each.close();
    }
    open.clear();
  }

  @Override
  public void close() throws IOException {
    closeOpen();
    for (Patient each : healthy.values()) {
      each.close();
    }
    healthy.clear();
  }
}
