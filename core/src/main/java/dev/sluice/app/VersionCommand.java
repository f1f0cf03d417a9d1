// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.linux.bpf.BpfObjects;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code sluice version}: what this build is made of. */
@Command(
    name = "version",
    mixinStandardHelpOptions = true,
    description = {
      "Prints the version, the commit it was built from, the Java runtime, and the SHA-256 of each"
          + " eBPF object that it would load.",
      "Example: sluice version --json"
    })
final class VersionCommand implements Callable<Integer> {
  @Option(names = "--json", description = "Prints one JSON object.")
  private boolean json;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() throws IOException {
    SortedMap<String, String> objects = new TreeMap<>();
    for (String name : BpfObjects.names()) {
      objects.put(name + ".bpf.o", BpfObjects.sha256(name));
    }
    PrintWriter out = spec.commandLine().getOut();
    out.print(json ? json(objects) : text(objects));
    out.flush();
    return 0;
  }

  private static String text(Map<String, String> objects) {
    StringBuilder text = new StringBuilder();
    text.append("sluice ").append(Version.number()).append('\n');
    text.append("commit ").append(Version.commit().orElse("unknown")).append('\n');
    text.append("java ").append(Runtime.version()).append('\n');
    objects.forEach((name, sum) -> text.append(sum).append("  ").append(name).append('\n'));
    return text.toString();
  }

  private static String json(Map<String, String> objects) {
    return JsonText.of(
        to -> {
          to.writeStartObject();
          to.writeStringProperty("version", Version.number());
          to.writeName("commit");
          Version.commit().ifPresentOrElse(to::writeString, to::writeNull);
          to.writeStringProperty("java", Runtime.version().toString());
          to.writeObjectPropertyStart("bpf_objects");
          objects.forEach(to::writeStringProperty);
          to.writeEndObject();
          to.writeEndObject();
        });
  }
}
