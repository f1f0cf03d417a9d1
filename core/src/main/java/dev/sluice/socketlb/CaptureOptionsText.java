// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.model.IpBlock;
import dev.sluice.socketlb.CaptureOptions.Inbound;
import dev.sluice.socketlb.CaptureOptions.Outbound;
import dev.sluice.socketlb.CaptureOptions.OutboundPorts;
import dev.sluice.socketlb.CaptureOptions.ProxyPorts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Options from the words of a command line; {@link #finish} reports all mistakes together. Lists
 * are parted by commas, an empty text is an empty list, and {@code *} alone is everything where it
 * may stand. Confined to one thread.
 */
public final class CaptureOptionsText {
  private static final String EVERYTHING = "*";

  private final List<String> problems = new ArrayList<>();

  /** The ports of the proxy's listeners. */
  public ProxyPorts proxyPorts(String outbound, String inbound) {
    int out = port("outbound port (-p)", outbound);
    int in = port("inbound port (-z)", inbound);
    if (out == in && out != 0) {
      problems.add("outbound and inbound port are both " + in + "; expected two ports");
    }
    return new ProxyPorts(out, in);
  }

  /** Ports of connections that arrive. */
  public Inbound inbound(String included, String excluded) {
    boolean every = included.equals(EVERYTHING);
    return new Inbound(
        every,
        every ? List.of() : ports("included inbound port (-b)", included),
        ports("excluded inbound port (-d)", excluded));
  }

  /** Addresses and ports of connections that leave. */
  public Outbound outbound(
      String blocks, String excludedBlocks, String ports, String excludedPorts) {
    boolean every = blocks.equals(EVERYTHING);
    return new Outbound(
        every,
        every ? List.of() : blocks("included outbound CIDR (-i)", blocks),
        blocks("excluded outbound CIDR (-x)", excludedBlocks),
        new OutboundPorts(
            ports("included outbound port (-q)", ports),
            ports("excluded outbound port (-o)", excludedPorts)));
  }

  /** What becomes of connections without a proxy. */
  public Capture.Without without(Capture.WhenDead whenDead, Duration patience) {
    if (patience.compareTo(CaptureChannel.LEAST_PATIENCE) < 0) {
      problems.add(
          "--patience is "
              + patience.toMillis()
              + " ms; expected "
              + CaptureChannel.LEAST_PATIENCE.toMillis()
              + "ms or more, since the proxy gives a sign of life every "
              + CaptureChannel.SIGN_OF_LIFE.toMillis()
              + " ms");
    }
    return new Capture.Without(whenDead, patience);
  }

  /**
   * All of it.
   *
   * @throws InvalidCaptureOptionsException with everything that was wrong
   */
  public CaptureOptions finish(ProxyPorts proxy, Inbound inbound, Outbound outbound) {
    if (!problems.isEmpty()) {
      throw new InvalidCaptureOptionsException(problems);
    }
    return new CaptureOptions(proxy, inbound, outbound);
  }

  private List<Integer> ports(String what, String text) {
    return words(text).stream().map(word -> port(what, word)).toList();
  }

  private int port(String what, String text) {
    if (text.matches("[0-9]{1,5}")) {
      int port = Integer.parseInt(text);
      if (port >= 1 && port <= 65_535) {
        return port;
      }
    }
    problems.add(what + " '" + text + "'; expected 1 to 65535");
    return 0;
  }

  private List<IpBlock> blocks(String what, String text) {
    List<IpBlock> blocks = new ArrayList<>();
    for (String word : words(text)) {
      try {
        blocks.add(IpBlock.parse(word));
      } catch (IllegalArgumentException e) {
        problems.add(what + " '" + word + "': " + e.getMessage());
      }
    }
    return blocks;
  }

  private static List<String> words(String text) {
    return text.isEmpty() ? List.of() : List.of(text.split(",", -1));
  }
}
