// SPDX-License-Identifier: Apache-2.0
package dev.sluice.admin;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.admin.RequestReader.State;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class RequestReaderTest {
  private static final String WHOLE =
      "POST /logging?access_log=reopen&x=a%20b HTTP/1.1\r\nHost: [::1]:15000\r\n"
          + "Origin: http://a\r\nContent-Length: 3\r\n\r\nabc";

  @Test
  void readsARequestInPiecesOfAnySize() {
    byte[] bytes = bytes(WHOLE);
    for (int size = 1; size <= bytes.length; size++) {
      RequestReader reader = new RequestReader();
      State state = new State.Incomplete();
      for (int at = 0; at < bytes.length; at += size) {
        assertThat(state).isInstanceOf(State.Incomplete.class);
        state = reader.take(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + size)));
      }
      assertThat(state)
          .isEqualTo(
              new State.Complete(
                  new HttpRequest(
                      "POST",
                      "/logging",
                      Map.of("access_log", "reopen", "x", "a b"),
                      Optional.of("[::1]:15000"),
                      Optional.of("http://a"))));
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          GET / HTTP/2.0;Host: a;;                              | 400
          GET  / HTTP/1.1;Host: a;;                             | 400
          get / HTTP/1.1;Host: a;;                              | 400
          GET http://a/ HTTP/1.1;Host: a;;                      | 400
          GET / HTTP/1.1;;                                      | 400
          GET / HTTP/1.1;Host: a;Host: b;;                      | 400
          GET / HTTP/1.1;Host : a;;                             | 400
          GET / HTTP/1.1;Host: a;no colon;;                     | 400
          GET / HTTP/1.1;Host: a; folded;;                      | 400
          GET / HTTP/1.1;Host: a;Content-Length: -1;;           | 400
          GET / HTTP/1.1;Host: a;Content-Length: 1;Content-Length: 1;; | 400
          GET / HTTP/1.1;Host: a;Content-Length: 99999;;        | 413
          GET / HTTP/1.1;Host: a;Transfer-Encoding: chunked;;   | 400
          GET /?a=%zz HTTP/1.1;Host: a;;                        | 400
          """)
  void refusesWhatIsNoRequest(String text, int status) {
    State state = new RequestReader().take(bytes(text.replace(";", "\r\n")));
    assertThat(state).isInstanceOf(State.Refused.class);
    assertThat(((State.Refused) state).response().status()).isEqualTo(status);
  }

  @Test
  void keepsNoMoreThanItsLimit() {
    RequestReader reader = new RequestReader();
    assertThat(reader.take(bytes("GET /" + "a".repeat(RequestReader.MOST_BYTES - 6))))
        .isInstanceOf(State.Incomplete.class);
    assertThat(reader.take(bytes("aa"))).isInstanceOf(State.Refused.class);
  }

  @Test
  void takesAnOldRequestWithoutHost() {
    assertThat(new RequestReader().take(bytes("GET /ready HTTP/1.0\r\n\r\n")))
        .isEqualTo(
            new State.Complete(
                new HttpRequest("GET", "/ready", Map.of(), Optional.empty(), Optional.empty())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
