// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.observe.FlowFilter;
import dev.sluice.observe.FlowFilter.Criterion;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The filters of {@code sluice observe}. */
final class ObserveFilters {
  private static final String NOT = "--not";

  @Option(
      names = "--ip",
      paramLabel = "IP",
      description = "Source, destination or backend: an address, or a range like 10.0.0.0/8.")
  private List<String> ips = List.of();

  @Option(names = "--from-ip", paramLabel = "IP", description = "The source.")
  private List<String> fromIps = List.of();

  @Option(names = "--to-ip", paramLabel = "IP", description = "What was dialled, or the backend.")
  private List<String> toIps = List.of();

  @Option(names = "--port", paramLabel = "PORT", description = "Of source, destination or backend.")
  private List<String> ports = List.of();

  @Option(names = "--from-port", paramLabel = "PORT", description = "Of the source.")
  private List<String> fromPorts = List.of();

  @Option(
      names = "--to-port",
      paramLabel = "PORT",
      description = "Of what was dialled, or of the backend.")
  private List<String> toPorts = List.of();

  @Option(
      names = "--to-service",
      paramLabel = "NAME",
      description = "The service that was dialled, as NAME or NAMESPACE/NAME.")
  private List<String> toServices = List.of();

  @Option(
      names = "--verdict",
      paramLabel = "VERDICT",
      description = "forwarded, denied (or dropped), failed (or error).")
  private List<String> verdicts = List.of();

  @Option(names = "--mode", paramLabel = "MODE", description = "proxied, socket or direct.")
  private List<String> modes = List.of();

  @Option(
      names = "--interception",
      paramLabel = "MODE",
      description = "How a proxy on the way got hold of it: redirect, tproxy, socket or node.")
  private List<String> interceptions = List.of();

  @Option(names = "--protocol", paramLabel = "PROTOCOL", description = "tcp or udp.")
  private List<String> protocols = List.of();

  @Option(names = NOT, description = "Turns the filter behind it round; may be repeated.")
  @SuppressWarnings("unused") // Where it stands counts, which only the words say.
  private boolean[] not = new boolean[0];

  /**
   * The filter that is meant.
   *
   * @param words of the command line: the order of {@code --not} is in them alone
   * @throws IllegalArgumentException if a value makes no sense, with a message for people
   */
  FlowFilter read(List<String> words) {
    Map<String, List<String>> given = given();
    List<Criterion> criteria = new ArrayList<>();
    Map<String, List<String>> rest = new LinkedHashMap<>();
    given.forEach((option, values) -> rest.put(option, new ArrayList<>(values)));
    boolean negate = false;
    for (String word : words) {
      if (word.equals(NOT)) {
        negate = true;
        continue;
      }
      Optional<String> option = optionOf(word, rest);
      if (option.isPresent()) {
        String value = rest.getOrDefault(option.get(), List.of()).removeFirst();
        criteria.add(FlowFilter.criterion(option.get(), value, negate));
        negate = false;
      } else if (negate) {
        throw new IllegalArgumentException(
            NOT + " before '" + word + "'; expected a filter behind it, such as --to-port 53");
      }
    }
    if (negate) {
      throw new IllegalArgumentException(NOT + " at the end; expected a filter behind it");
    }
    // What variables say, which know no order.
    rest.forEach(
        (name, values) ->
            values.forEach(value -> criteria.add(FlowFilter.criterion(name, value, false))));
    return new FlowFilter(criteria);
  }

  private static Optional<String> optionOf(String word, Map<String, List<String>> given) {
    return given.entrySet().stream()
        .filter(each -> !each.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .filter(name -> word.equals(name) || word.startsWith(name + "="))
        .findFirst();
  }

  private Map<String, List<String>> given() {
    Map<String, List<String>> given = new LinkedHashMap<>();
    given.put("--ip", ips);
    given.put("--from-ip", fromIps);
    given.put("--to-ip", toIps);
    given.put("--port", ports);
    given.put("--from-port", fromPorts);
    given.put("--to-port", toPorts);
    given.put("--to-service", toServices);
    given.put("--verdict", verdicts);
    given.put("--mode", modes);
    given.put("--interception", interceptions);
    given.put("--protocol", protocols);
    return given;
  }
}
