// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WebPageTest {
  @ParameterizedTest
  @CsvSource({
    "localhost:15000,",
    "LOCALHOST,",
    "127.0.0.1:15000,",
    "127.1.2.3,",
    "[::1]:15000,",
    "[::1],",
    ",",
    "localhost:15000, http://localhost:15000",
    "127.0.0.1:15000, HTTP://127.0.0.1:15000"
  })
  void letsOperatorsAsk(@Nullable String host, @Nullable String origin) {
    assertThat(WebPage.objection(request(host, origin))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({
    "evil.example, , Host",
    "evil.example:15000, , Host",
    "localhost.evil.example:15000, , Host",
    "127.0.0.1.evil.example, , Host",
    "10.0.0.1:15000, , Host",
    "[fe80::1]:15000, , Host",
    "'', , Host",
    "localhost:15000, http://evil.example, Origin",
    "localhost:15000, http://localhost:3000, Origin",
    "localhost:15000, https://localhost:15000, Origin",
    "localhost:15000, null, Origin",
    "localhost:15000, '', Origin",
    ", http://localhost:15000, Origin"
  })
  void refusesWhatAPageHasItsBrowserAsk(
      @Nullable String host, @Nullable String origin, String what) {
    assertThat(WebPage.objection(request(host, origin)).orElseThrow()).contains(what);
  }

  private static HttpRequest request(@Nullable String host, @Nullable String origin) {
    return new HttpRequest(
        "POST", "/drain", Map.of(), Optional.ofNullable(host), Optional.ofNullable(origin));
  }
}
