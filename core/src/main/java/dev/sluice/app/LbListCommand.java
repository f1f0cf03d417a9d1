// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.net.AddressText;
import dev.sluice.socketlb.InstalledLoadBalancer;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedBackend;
import dev.sluice.socketlb.InstalledLoadBalancer.ListedSet;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import tools.jackson.core.JsonGenerator;

/** {@code sluice lb list}, also called {@code describe}. */
@Command(
    name = "list",
    aliases = "describe",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what is in force in the kernel, with the connections that each backend was given,",
      "whether they need the proxy, and what became of those of TCP.",
      "Example: sluice lb list default/reviews"
    })
final class LbListCommand implements Callable<Integer> {
  @Mixin private KernelPlaces places = new KernelPlaces();

  @Parameters(
      arity = "0..1",
      paramLabel = "SERVICE",
      description = "Only sets whose name starts so (default: all).")
  private @Nullable String prefix;

  @Option(names = "--json", description = "Prints one JSON array.")
  private boolean json;

  @Override
  public Integer call() {
    try (InstalledLoadBalancer balancer =
        InstalledLoadBalancer.only(places.mountedBpfFileSystem())) {
      List<ListedSet> sets =
          balancer.list().stream()
              .filter(set -> prefix == null || set.name().startsWith(prefix))
              .toList();
      System.out.print(json ? JsonText.of(to -> write(to, sets)) : text(sets));
      System.out.flush();
      return 0;
    } catch (IOException e) {
      System.err.println("sluice lb: " + e.getMessage());
      return 1;
    }
  }

  private static String text(List<ListedSet> sets) {
    StringBuilder text = new StringBuilder();
    for (ListedSet set : sets) {
      text.append(set.name()).append("  ").append(String.join(", ", set.frontends()));
      if (set.affinitySeconds() != 0) {
        text.append("  affinity ").append(set.affinitySeconds()).append(" s");
      }
      if (set.refused() != 0) {
        text.append("  refused ").append(set.refused());
      }
      text.append("\n  ").append(ServiceWays.text(set.way())).append('\n');
      String traffic = ServiceWays.text(set.traffic());
      if (!traffic.isEmpty()) {
        text.append("  ").append(traffic).append('\n');
      }
      for (ListedBackend backend : set.backends()) {
        text.append("  ")
            .append(AddressText.of(backend.address()))
            .append(backend.lingering() ? "  takes no new connection" : "")
            .append("  connections ")
            .append(backend.connections())
            .append('\n');
      }
      if (set.backends().isEmpty()) {
        text.append("  no backend: clients get EHOSTUNREACH\n");
      }
    }
    return text.toString();
  }

  private static void write(JsonGenerator json, List<ListedSet> sets) {
    json.writeStartArray();
    for (ListedSet set : sets) {
      json.writeStartObject();
      json.writeStringProperty("name", set.name());
      json.writeArrayPropertyStart("frontends");
      set.frontends().forEach(json::writeString);
      json.writeEndArray();
      json.writeNumberProperty("affinitySeconds", set.affinitySeconds());
      json.writeNumberProperty("refused", set.refused());
      ServiceWays.write(json, set);
      json.writeArrayPropertyStart("backends");
      for (ListedBackend backend : set.backends()) {
        json.writeStartObject();
        json.writeStringProperty("address", AddressText.of(backend.address()));
        json.writeBooleanProperty("lingering", backend.lingering());
        json.writeNumberProperty("connections", backend.connections());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }
}
