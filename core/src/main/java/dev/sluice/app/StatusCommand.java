// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.doctor.CapturedAnyway;
import dev.sluice.net.ExemptMark;
import dev.sluice.rules.CommandRunner;
import dev.sluice.rules.RulesException;
import dev.sluice.socketlb.AttachedHook;
import dev.sluice.socketlb.CaptureState;
import dev.sluice.socketlb.Feature;
import dev.sluice.socketlb.FeatureStatus;
import dev.sluice.socketlb.InstalledFeature;
import dev.sluice.socketlb.InstalledFeature.Part;
import dev.sluice.socketlb.InstalledFeature.State;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import dev.sluice.socketlb.PinFolder;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.core.JsonGenerator;

/** {@code sluice status}. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what of Sluice is attached to sockets now, as the kernel says it: not what was asked"
          + " for, and for each service whether its connections need the proxy, and why.",
      "Ends with 1 if something that should be attached isn't.",
      "Example: sluice status --json"
    })
final class StatusCommand implements Callable<Integer> {
  @Mixin private KernelPlaces places = new KernelPlaces();

  @Option(
      names = "--network-namespace",
      paramLabel = "PATH",
      description =
          "Whose rules are asked whether they capture what needs no proxy, such as"
              + " /run/netns/pod (default: those where this command runs).")
  private @Nullable String networkNamespace;

  @Option(names = "--json", description = "Prints one JSON array.")
  private boolean json;

  /**
   * What is there.
   *
   * @param unknown folders that this version never makes
   */
  private record Found(List<Described> features, List<PinFolder> unknown) {
    static Found at(Path bpfFileSystem, CommandRunner runner) throws IOException {
      List<Described> features = new ArrayList<>();
      for (InstalledFeature feature : InstalledFeature.all(bpfFileSystem)) {
        features.add(Described.of(feature, runner));
      }
      return new Found(features, PinFolder.unknown(bpfFileSystem));
    }
  }

  /**
   * A feature.
   *
   * @param services of the load balancer; none for others, and where its maps can't be read
   */
  private record Described(FeatureStatus status, List<ListedSet> services) {
    static Described of(InstalledFeature feature, CommandRunner runner) throws IOException {
      return new Described(FeatureStatus.of(feature), services(feature, runner));
    }

    /** Programs of another version have other maps: {@link FeatureStatus} tells of them anyway. */
    private static List<ListedSet> services(InstalledFeature feature, CommandRunner runner) {
      if (feature.feature() != Feature.LOAD_BALANCER) {
        return List.of();
      }
      try (InstalledLoadBalancer balancer = InstalledLoadBalancer.of(feature)) {
        Optional<ExemptMark> mark = balancer.exemptMark();
        Optional<CapturedAnyway> captured =
            mark.isPresent() ? capturedAnyway(runner, mark.get()) : Optional.empty();
        List<ListedSet> sets = balancer.list();
        return captured.isPresent()
            ? sets.stream().map(set -> ServiceWays.below(captured.get(), set)).toList()
            : sets;
      } catch (IOException e) {
        System.err.println("sluice status: reading the services: " + e.getMessage());
        return List.of();
      }
    }
  }

  private static Optional<CapturedAnyway> capturedAnyway(CommandRunner runner, ExemptMark mark) {
    try {
      return CapturedAnyway.find(runner, mark);
    } catch (RulesException e) {
      System.err.println(
          "sluice status: whether rules capture what needs no proxy: " + e.getMessage());
      return Optional.empty();
    }
  }

  @Override
  public Integer call() {
    try {
      CommandRunner runner =
          networkNamespace == null
              ? CommandRunner.here()
              : CommandRunner.inNetworkNamespace(Path.of(networkNamespace));
      Optional<Path> bpfFileSystem = places.mountedBpfFileSystem();
      Found found =
          bpfFileSystem.isPresent()
              ? Found.at(bpfFileSystem.get(), runner)
              : new Found(List.of(), List.of());
      System.out.print(json ? JsonText.of(to -> write(to, found)) : text(found));
      System.out.flush();
      return found.features().stream().allMatch(each -> each.status().isWhole()) ? 0 : 1;
    } catch (IOException e) {
      System.err.println("sluice status: " + e.getMessage());
      return 1;
    }
  }

  private static String text(Found found) {
    StringBuilder text = new StringBuilder();
    if (found.features().isEmpty()) {
      text.append("nothing of Sluice is attached to sockets\n");
    }
    for (PinFolder folder : found.unknown()) {
      text.append("pinned by another version, 'sluice uninstall' removes it: ")
          .append(folder.path())
          .append('\n');
    }
    for (Described feature : found.features()) {
      FeatureStatus status = feature.status();
      text.append(status.feature().word()).append(" on ").append(status.where());
      status.detail().ifPresent(detail -> text.append(", ").append(detail));
      text.append('\n');
      for (Part part : status.parts()) {
        text.append("  ").append(part.program()).append(' ').append(part.hook().section());
        switch (part.state()) {
          case State.Attached attached ->
              text.append("  attached, program ").append(attached.programId());
          case State.Missing missing -> text.append("  NOT ATTACHED: ").append(missing.why());
        }
        text.append('\n');
      }
      for (AttachedHook foreign : status.foreign()) {
        text.append("  others on ").append(foreign.toText()).append('\n');
      }
      for (ListedSet set : feature.services()) {
        text.append("  service ").append(set.name()).append("  ");
        text.append(ServiceWays.text(set.way())).append('\n');
      }
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, CaptureState state) {
    json.writeObjectPropertyStart("capture");
    json.writeStringProperty("on_proxy_death", state.without().whenDead().word());
    json.writeNumberProperty("patience_ms", state.without().patience().toMillis());
    json.writeArrayPropertyStart("listening");
    state.listening().stream().sorted().forEach(family -> json.writeString(family.toString()));
    json.writeEndArray();
    json.writeName("last_sign_of_life_ms");
    state.silence().ifPresentOrElse(since -> json.writeNumber(since.toMillis()), json::writeNull);
    json.writeBooleanProperty("dead", state.isDead());
    json.writeNumberProperty("clients_not_recorded", state.lost());
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, Found found) {
    json.writeStartArray();
    for (PinFolder folder : found.unknown()) {
      json.writeStartObject();
      json.writeStringProperty("unknown", folder.path().toString());
      json.writeEndObject();
    }
    for (Described feature : found.features()) {
      FeatureStatus status = feature.status();
      json.writeStartObject();
      json.writeStringProperty("feature", status.feature().word());
      json.writeStringProperty("cgroup", status.where());
      json.writeStringProperty("detail", status.detail().orElse(""));
      json.writeBooleanProperty("whole", status.isWhole());
      status.capture().ifPresent(state -> write(json, state));
      json.writeArrayPropertyStart("programs");
      for (Part part : status.parts()) {
        json.writeStartObject();
        json.writeStringProperty("program", part.program());
        json.writeStringProperty("hook", part.hook().section());
        switch (part.state()) {
          case State.Attached attached -> json.writeNumberProperty("id", attached.programId());
          case State.Missing missing -> json.writeStringProperty("missing", missing.why());
        }
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeArrayPropertyStart("others");
      status.foreign().forEach(hook -> json.writeString(hook.toText()));
      json.writeEndArray();
      json.writeArrayPropertyStart("services");
      for (ListedSet set : feature.services()) {
        json.writeStartObject();
        json.writeStringProperty("name", set.name());
        ServiceWays.write(json, set);
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
