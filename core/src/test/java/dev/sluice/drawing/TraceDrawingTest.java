// SPDX-License-Identifier: Apache-2.0
package dev.sluice.drawing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.trace.Evidence;
import dev.sluice.trace.Flow;
import dev.sluice.trace.Holder;
import dev.sluice.trace.Hop;
import dev.sluice.trace.Place;
import dev.sluice.trace.Sighting;
import dev.sluice.trace.What;
import java.io.IOException;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;

/** What a traced path looks like, and what it never lets through. */
final class TraceDrawingTest {
  private static final String HOSTILE = "<img src=x onerror=\"alert(1)\">&'";
  private static final Place POD = new Place("pod", 1);
  private static final InetSocketAddress CLIENT = at("10.0.0.1", 4000);
  private static final InetSocketAddress SERVICE = at("2001:db8::9", 80);

  @Test
  void keepsTheOrderAndSaysWhatEachHopRestsOn() throws Exception {
    List<Hop> hops =
        List.of(
            event(5_000, new What.Dialled(POD, Optional.empty(), SERVICE)),
            event(
                128_000,
                new What.Hooked(
                    "cgroup/connect6", List.of("rewrite"), SERVICE, CLIENT, Optional.empty())),
            new Hop(
                new Sighting(Evidence.KERNEL_STATE, "sock_diag", 900_000),
                new What.Accepted(POD, SERVICE, CLIENT, Optional.of(new Holder(7, "java")))),
            unobserved(new What.Unknown("the server", "it is on another host")));

    Document drawing = parse(hops);

    List<String> spoken = attributes(drawing, "g", "aria-label");
    assertThat(spoken)
        .containsExactly(
            "connect(), in pod, to [2001:db8::9]:80, event, test, 0 µs after the first",
            "cgroup/connect6: rewrite, from [2001:db8::9]:80 to 10.0.0.1:4000, event, test, 123 µs"
                + " after the first",
            "accepted by java (process 7), in pod, local [2001:db8::9]:80, peer 10.0.0.1:4000,"
                + " kernel-state, sock_diag, 895 µs after the first",
            "the server, not observed: it is on another host, not-observed");
    assertThat(texts(drawing))
        .contains("123 µs later", "before [2001:db8::9]:80", "after  10.0.0.1:4000")
        // What is asked for later has no time of its own.
        .doesNotContain("772 µs later");
    assertThat(attributes(drawing, "circle", "class"))
        .containsExactly("tr-dot tr-event", "tr-dot tr-event", "tr-dot tr-kernel-state");
    assertThat(attributes(drawing, "rect", "class").getLast())
        .isEqualTo("tr-box tr-gap tr-not-observed");
  }

  @Test
  void showsWhatOthersWroteAsText() throws Exception {
    Holder holder = new Holder(7, HOSTILE);
    Place place = new Place(HOSTILE, 1);
    What.Chain chain = new What.Chain(place, HOSTILE, HOSTILE, HOSTILE);
    Flow flow = new Flow(CLIENT, SERVICE);
    List<Hop> hops =
        List.of(
            event(1, new What.Dialled(place, Optional.empty(), SERVICE)),
            event(
                2,
                new What.Hooked(HOSTILE, List.of(HOSTILE), SERVICE, SERVICE, Optional.of(HOSTILE))),
            event(3, new What.ClientSockets(CLIENT, SERVICE)),
            event(4, new What.Packet(place, HOSTILE, What.Point.ARRIVES, flow)),
            event(5, new What.Rule(chain, OptionalLong.of(3), HOSTILE, HOSTILE)),
            event(6, new What.Counted(chain, 1, HOSTILE, 1)),
            event(7, new What.ChainEnd(chain, true, HOSTILE)),
            event(8, new What.Translated(place, HOSTILE, flow, new Flow(SERVICE, CLIENT))),
            event(9, new What.Accepted(place, CLIENT, SERVICE, Optional.of(holder))),
            event(
                10,
                new What.Decided(
                    Optional.of(holder),
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE,
                    HOSTILE)),
            event(11, new What.UpstreamDialled(Optional.of(holder), HOSTILE, HOSTILE)),
            event(12, new What.ServerSaw(place, CLIENT, SERVICE, Optional.of(holder))),
            event(13, new What.Outcome(HOSTILE, false)),
            unobserved(new What.Unknown(HOSTILE, HOSTILE)));

    String text = TraceDrawing.draw(hops, HOSTILE).toString();

    assertThat(text).doesNotContain("<img", "onerror=\"");
    Document drawing = parse(hops);
    assertThat(attributes(drawing, "g", "aria-label")).hasSize(hops.size());
    assertThat(drawing.getElementsByTagName("img").getLength()).isZero();
    assertThat(String.join(" ", texts(drawing))).contains("<img src=x");
  }

  @Test
  void breaksALongRuleIntoLines() throws Exception {
    String word = "x".repeat(230);
    Document drawing = parse(List.of(event(1, new What.Outcome(word, false))));
    assertThat(texts(drawing)).allSatisfy(line -> assertThat(line).hasSizeLessThan(110));
    assertThat(String.join("", texts(drawing))).contains(word);
  }

  @Test
  void drawsNothingOfAnEmptyPath() throws Exception {
    assertThat(texts(parse(List.of()))).isEmpty();
  }

  /** A page may forbid style and script that aren't in files of their own. */
  @Test
  void hasNoStyleOfItsOwnAndASheetForLightAndDark() throws IOException {
    String text =
        TraceDrawing.draw(List.of(event(1, new What.Dialled(POD, Optional.empty(), CLIENT))), "x")
            .toString();
    assertThat(text).doesNotContain("style", "http:", "<script");
    assertThat(TraceDrawing.styleSheet())
        .contains("prefers-color-scheme: dark", ".tr-event", ".tr-kernel-state", ".tr-not-observed")
        .doesNotContain("url(", "@import");
  }

  private static Hop event(long nanos, What what) {
    return new Hop(new Sighting(Evidence.EVENT, "test", nanos), what);
  }

  private static Hop unobserved(What what) {
    return new Hop(new Sighting(Evidence.NOT_OBSERVED, "", 0), what);
  }

  private static InetSocketAddress at(String address, int port) {
    return new InetSocketAddress(InetAddress.ofLiteral(address), port);
  }

  private static Document parse(List<Hop> hops) throws Exception {
    String text = TraceDrawing.draw(hops, "a connection").toString();
    return DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new InputSource(new StringReader(text)));
  }

  private static List<String> attributes(Document drawing, String element, String name) {
    List<String> found = new ArrayList<>();
    NodeList nodes = drawing.getElementsByTagName(element);
    for (int i = 0; i < nodes.getLength(); i++) {
      String value = ((Element) nodes.item(i)).getAttribute(name);
      if (!value.isEmpty()) {
        found.add(value);
      }
    }
    return found;
  }

  private static List<String> texts(Document drawing) {
    List<String> found = new ArrayList<>();
    NodeList nodes = drawing.getElementsByTagName("text");
    for (int i = 0; i < nodes.getLength(); i++) {
      found.add(nodes.item(i).getTextContent());
    }
    return found;
  }
}
