// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.controlplane.ConfigurationException;
import dev.sluice.controlplane.KubernetesFiles;
import dev.sluice.controlplane.Problem;
import dev.sluice.model.MeshSnapshot;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** {@code sluice check}: reads files as the other commands do, and changes nothing. */
@Command(
    name = "check",
    mixinStandardHelpOptions = true,
    description = {
      "Reads the files that 'sluice proxy' and 'sluice lb apply' take, and says everything that is"
          + " wrong with them. Needs no privilege and asks nothing of the kernel.",
      "Ends with 1 if anything is wrong.",
      "Example: sluice check -f services.yaml -f policies/",
      "Example: sluice check -f services.yaml --json"
    })
final class CheckCommand implements Callable<Integer> {
  @Option(
      names = {"-f", "--file"},
      paramLabel = "PATH",
      required = true,
      description =
          "A file or folder of Kubernetes Services, EndpointSlices and Istio"
              + " AuthorizationPolicies; may be repeated.")
  private List<Path> files = List.of();

  @Option(names = "--json", description = "Prints one JSON object on standard output.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    try {
      MeshSnapshot snapshot = KubernetesFiles.load(files);
      print(snapshot, List.of());
      return 0;
    } catch (ConfigurationException e) {
      print(MeshSnapshot.EMPTY, e.problems());
      return 1;
    }
  }

  private void print(MeshSnapshot snapshot, List<Problem> problems) {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    if (json) {
      out.print(JsonText.of(to -> write(to, snapshot, problems)));
    } else if (problems.isEmpty()) {
      out.printf(
          "nothing is wrong: %d services, %d policies%n",
          snapshot.services().size(), snapshot.policies().size());
    } else {
      problems.forEach(problem -> err.println("sluice check: " + problem));
    }
    out.flush();
    err.flush();
  }

  private static void write(JsonGenerator json, MeshSnapshot snapshot, List<Problem> problems) {
    json.writeStartObject();
    json.writeBooleanProperty("valid", problems.isEmpty());
    if (problems.isEmpty()) {
      json.writeNumberProperty("services", snapshot.services().size());
      json.writeNumberProperty("policies", snapshot.policies().size());
    }
    json.writeArrayPropertyStart("problems");
    for (Problem problem : problems) {
      json.writeStartObject();
      json.writeStringProperty("file", problem.file());
      json.writeNumberProperty("line", problem.line());
      json.writeNumberProperty("column", problem.column());
      json.writeStringProperty("message", problem.message());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
