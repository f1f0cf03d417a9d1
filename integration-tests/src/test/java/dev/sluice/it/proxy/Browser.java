// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import dev.sluice.process.Command;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Chromium without a window in a network namespace, with one page, led by the DevTools protocol
 * over a pair of pipes. It notes what the page asks for and complains about.
 */
final class Browser implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(20);

  /** The third descriptor is what it reads from, the fourth what it writes to. */
  private static final String PIPES = "exec 3<\"$0\" 4>\"$1\"; shift; exec \"$@\"";

  private final Process process;
  private final OutputStream orders;
  private final InputStream answers;
  private final AtomicInteger ids = new AtomicInteger();
  private final Map<String, BlockingQueue<JsonTree>> waiting = new ConcurrentHashMap<>();
  private final List<String> complaints = new CopyOnWriteArrayList<>();
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private String session = "";

  private Browser(Process process, Path in, Path out) throws IOException {
    this.process = process;
    // In the order in which the shell opens them: each waits for the other end.
    this.orders = Files.newOutputStream(in);
    this.answers = new BufferedInputStream(Files.newInputStream(out));
    Thread.ofPlatform().daemon().name("browser").start(this::read);
  }

  /** Starts it with {@code folder} for all that it writes, which is then its own. */
  static Browser start(Path namespace, Path folder) throws Exception {
    Path in = folder.resolve("orders");
    Path out = folder.resolve("answers");
    Command.of("mkfifo", in.toString(), out.toString()).runOrThrow();
    List<String> words = new ArrayList<>(List.of("nsenter", "--net=" + namespace, "--", "setpriv"));
    words.addAll(List.of("--pdeathsig", "KILL", "--", "bash", "-c", PIPES));
    words.addAll(List.of(in.toString(), out.toString(), "chromium"));
    words.addAll(List.of("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"));
    words.addAll(List.of("--no-first-run", "--disable-background-networking"));
    words.addAll(List.of("--disable-component-update", "--disable-breakpad", "--mute-audio"));
    words.addAll(List.of("--disable-extensions", "--disable-sync", "--hide-scrollbars"));
    words.addAll(List.of("--user-data-dir=" + folder.resolve("profile"), "--no-proxy-server"));
    words.addAll(List.of("--remote-debugging-pipe", "about:blank"));
    ProcessBuilder builder = new ProcessBuilder(words);
    builder.environment().put("HOME", folder.toString());
    builder.redirectErrorStream(true).redirectOutput(folder.resolve("chromium.log").toFile());
    Browser browser = new Browser(builder.start(), in, out);
    browser.attach();
    return browser;
  }

  private void attach() throws Exception {
    String target = call("Target.createTarget", "{\"url\":\"about:blank\"}").at("targetId").text();
    session =
        call("Target.attachToTarget", "{\"flatten\":true,\"targetId\":" + quoted(target) + "}")
            .at("sessionId")
            .text();
    for (String domain : List.of("Page", "Runtime", "Log", "Network", "Audits")) {
      call(domain + ".enable", "{}");
    }
    size(1280, 900);
  }

  void size(int width, int height) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        "{\"width\":%s,\"height\":%s,\"deviceScaleFactor\":1,\"mobile\":false}"
            .formatted(width, height));
  }

  /** {@code light} or {@code dark}. */
  void scheme(String wanted) throws Exception {
    call(
        "Emulation.setEmulatedMedia",
        "{\"features\":[{\"name\":\"prefers-color-scheme\",\"value\":" + quoted(wanted) + "}]}");
  }

  void open(String url) throws Exception {
    call("Page.navigate", "{\"url\":" + quoted(url) + "}");
    await("document.readyState === 'complete'");
  }

  /** What {@code expression} is, as text; a promise is awaited. */
  String evaluate(String expression) throws Exception {
    JsonTree result =
        call(
            "Runtime.evaluate",
            "{\"awaitPromise\":true,\"returnByValue\":true,\"expression\":"
                + quoted("(async () => String(await (" + expression + ")))()")
                + "}");
    if (!result.at("exceptionDetails").isMissing()) {
      throw new AssertionError(expression + ": " + result.at("exceptionDetails").value());
    }
    return result.at("result", "value").text();
  }

  /** Waits until {@code condition} holds. */
  void await(String condition) throws Exception {
    long deadline = System.nanoTime() + LIMIT.toNanos();
    while (!evaluate(condition).equals("true")) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "never true: " + condition + "; the page says\n" + evaluate("document.body.innerText"));
      }
      Thread.sleep(50);
    }
  }

  /** The page as PNG. */
  byte[] screenshot() throws Exception {
    String data = call("Page.captureScreenshot", "{\"format\":\"png\"}").at("data").text();
    return Base64.getDecoder().decode(data);
  }

  /** Errors and warnings of the console, exceptions, violations of policies. */
  List<String> complaints() {
    return List.copyOf(complaints);
  }

  /** Complaints that were expected. */
  void forget() {
    complaints.clear();
  }

  /** The addresses that pages asked for. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  private JsonTree call(String method, String parameters) throws IOException, InterruptedException {
    String id = Integer.toString(ids.incrementAndGet());
    BlockingQueue<JsonTree> answer = new LinkedBlockingQueue<>();
    waiting.put(id, answer);
    String inSession = session.isEmpty() ? "" : ",\"sessionId\":" + quoted(session);
    String order =
        "{\"id\":%s,\"method\":%s,\"params\":%s%s}\0"
            .formatted(id, quoted(method), parameters, inSession);
    orders.write(order.getBytes(StandardCharsets.UTF_8));
    orders.flush();
    JsonTree found = answer.poll(LIMIT.toSeconds(), TimeUnit.SECONDS);
    if (found == null || !found.at("error").isMissing()) {
      throw new AssertionError(method + ": " + (found == null ? "no answer" : found.value()));
    }
    return found.at("result");
  }

  private void read() {
    try {
      ByteArrayOutputStream message = new ByteArrayOutputStream();
      for (int next = answers.read(); next >= 0; next = answers.read()) {
        if (next != 0) {
          message.write(next);
          continue;
        }
        take(JsonTree.parse(message.toString(StandardCharsets.UTF_8)));
        message.reset();
      }
    } catch (IOException e) {
      complaints.add("the browser is gone: " + e);
    }
  }

  private void take(JsonTree message) {
    BlockingQueue<JsonTree> answer = waiting.remove(message.at("id").text());
    if (answer != null) {
      answer.add(message);
    }
    JsonTree params = message.at("params");
    switch (message.at("method").text()) {
      case "Log.entryAdded" ->
          complaints.add(params.at("entry", "source").text() + ": " + params.at("entry", "text"));
      case "Runtime.exceptionThrown" -> complaints.add("exception: " + params.value());
      case "Runtime.consoleAPICalled" -> complaints.add("console: " + params.value());
      case "Audits.issueAdded" -> complaints.add("issue: " + params.at("issue").value());
      case "Network.requestWillBeSent" -> requests.add(params.at("request", "url").text());
      default -> {}
    }
  }

  private static String quoted(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        quoted.append('\\').append(c);
      } else if (c < ' ') {
        quoted.append("\\u%04x".formatted((int) c));
      } else {
        quoted.append(c);
      }
    }
    return quoted.append('"').toString();
  }

  @Override
  public void close() throws IOException {
    session = "";
    boolean ended = false;
    try {
      call("Browser.close", "{}");
      ended = process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (AssertionError | IOException e) {
      complaints.add("closing: " + e);
    }
    if (!ended) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
    orders.close();
    answers.close();
  }
}
