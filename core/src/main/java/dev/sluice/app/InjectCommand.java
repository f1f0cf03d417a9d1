// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.inject.Injector;
import dev.sluice.inject.Sidecar;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice inject}. */
@Command(
    name = "inject",
    mixinStandardHelpOptions = true,
    description = {
      "Adds the sidecar to the workloads in a manifest, and prints the manifest.",
      "Workloads that have one already, or are on the host's network, are left alone. One that"
          + " can't have it is refused, and then nothing is printed.",
      "Example: sluice inject -f deployment.yaml --interception-mode TPROXY"
    })
final class InjectCommand implements Callable<Integer> {
  private static final String PREFIX = "sluice inject: ";

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      required = true,
      description = "A manifest, of one document or several; - is standard input; may be repeated.")
  private List<String> files = List.of();

  @Option(
      names = "--interception-mode",
      paramLabel = "MODE",
      description =
          "How the pod's connections get to the proxy: ${COMPLETION-CANDIDATES} (default"
              + " ${DEFAULT-VALUE}).")
  private Sidecar.Mode mode = Sidecar.Mode.REDIRECT;

  @Option(
      names = "--image",
      paramLabel = "NAME",
      description = "The image of the sidecar (default ${DEFAULT-VALUE}).")
  private String image = "sluice:0.1.0";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    List<String> outputs = new ArrayList<>();
    List<String> problems = new ArrayList<>();
    Injector injector = new Injector(new Sidecar(mode, image));
    int injected = 0;
    for (String file : files) {
      try {
        Injector.Result result = injector.inject(file, read(file));
        result.said().forEach(line -> err.println(PREFIX + line));
        problems.addAll(result.refused());
        outputs.add(result.yaml());
        injected += result.injected();
      } catch (IllegalArgumentException e) {
        problems.add(e.getMessage());
      } catch (IOException e) {
        problems.add(file + " can't be read: " + e + "; expected a file of UTF-8 text");
      }
    }
    problems.forEach(problem -> err.println(PREFIX + problem));
    if (problems.isEmpty()) {
      if (injected == 0) {
        err.println(PREFIX + "no workload got a sidecar");
      }
      PrintWriter out = spec.commandLine().getOut();
      out.print(String.join("---\n", outputs));
      out.flush();
    }
    err.flush();
    return problems.isEmpty() ? 0 : 1;
  }

  private static String read(String file) throws IOException {
    return file.equals("-")
        ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
        : Files.readString(Path.of(file), StandardCharsets.UTF_8);
  }
}
