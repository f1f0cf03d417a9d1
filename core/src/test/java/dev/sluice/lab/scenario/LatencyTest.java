// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.scenario;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LatencySample;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class LatencyTest {
  @Test
  void percentilesAreValuesThatWereMeasured() {
    List<LatencySample> samples =
        LongStream.rangeClosed(1, 300).mapToObj(i -> new LatencySample(301 - i, 2 * i)).toList();

    assertThat(Latency.connect(samples)).isEqualTo(new Latency.Summary(150, 297));
    assertThat(Latency.roundTrip(samples)).isEqualTo(new Latency.Summary(300, 594));
  }

  @Test
  void oneSampleIsItsOwnMedianAndTail() {
    assertThat(Latency.connect(List.of(new LatencySample(7, 9))))
        .isEqualTo(new Latency.Summary(7, 7));
  }
}
