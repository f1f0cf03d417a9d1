// SPDX-License-Identifier: Apache-2.0
package dev.sluice.inject;

import java.util.ArrayList;
import java.util.List;
import org.snakeyaml.engine.v2.api.DumpSettings;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.api.lowlevel.Compose;
import org.snakeyaml.engine.v2.api.lowlevel.Present;
import org.snakeyaml.engine.v2.api.lowlevel.Serialize;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.Tag;

/**
 * Adds a sidecar to every pod that a text of YAML documents makes: Pod, Deployment, StatefulSet,
 * DaemonSet, ReplicaSet, ReplicationController, Job, CronJob, and lists of them. Other documents
 * come out as they are; scalars keep their form and comments stay.
 */
public final class Injector {
  /** Long lines are not folded: a diff shows what was added and nothing else. */
  private static final int WIDTH = 1 << 20;

  private static final LoadSettings READ = LoadSettings.builder().setParseComments(true).build();

  private final Sidecar sidecar;

  /** With what to add. */
  public Injector(Sidecar sidecar) {
    this.sidecar = sidecar;
  }

  /**
   * What came out.
   *
   * @param yaml the documents; of no use if anything was refused
   * @param said what was left alone, and why
   * @param refused what can't have a sidecar, and why
   * @param injected how many workloads got one
   */
  public record Result(String yaml, List<String> said, List<String> refused, int injected) {}

  /**
   * Adds it.
   *
   * @param file a name for messages
   * @throws IllegalArgumentException if the text is no YAML; its message has the place
   */
  public Result inject(String file, String text) {
    List<Node> documents = read(file, text);
    List<String> said = new ArrayList<>();
    List<String> refused = new ArrayList<>();
    int injected = 0;
    for (Node document : documents) {
      for (PodTemplate pod : PodTemplate.in(document)) {
        switch (Verdict.on(pod)) {
          case Verdict.Inject() -> {
            add(pod);
            injected++;
          }
          case Verdict.LeaveAlone(String why) ->
              said.add(file + ": " + pod.workload() + " is left alone: " + why);
          case Verdict.Refuse(String why) -> refused.add(file + ": " + pod.workload() + ": " + why);
        }
      }
    }
    return new Result(write(documents), said, refused, injected);
  }

  private void add(PodTemplate pod) {
    List<String> probes = Probes.rewrite(pod);
    Yaml.prepend(
        pod.spec(), "initContainers", sidecar.containers(pod.name(), GracePeriod.of(pod), probes));
    sidecar.volumes().forEach(volume -> Yaml.append(pod.spec(), "volumes", volume));
    Yaml.put(pod.annotations(), "sluice.dev/injected", Yaml.string(sidecar.mode().name()));
  }

  private static List<Node> read(String file, String text) {
    List<Node> documents = new ArrayList<>();
    try {
      for (Node document : new Compose(READ).composeAllFromString(text)) {
        if (document instanceof MappingNode) {
          documents.add(document);
        } else if (!document.getTag().equals(Tag.NULL)) {
          throw new IllegalArgumentException(
              file + ": a document is no mapping; expected a Kubernetes object");
        }
      }
    } catch (MarkedYamlEngineException e) {
      Mark at = e.getProblemMark().orElseThrow();
      throw new IllegalArgumentException(
          "%s:%d:%d: %s".formatted(file, at.getLine() + 1, at.getColumn() + 1, e.getProblem()), e);
    } catch (YamlEngineException e) {
      throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
    }
    return documents;
  }

  private static String write(List<Node> documents) {
    DumpSettings settings =
        DumpSettings.builder()
            .setDumpComments(true)
            .setWidth(WIDTH)
            .setExplicitStart(documents.size() > 1)
            .build();
    return new Present(settings)
        .emitToString(new Serialize(settings).serializeAll(documents).iterator());
  }
}
