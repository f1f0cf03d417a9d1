// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.nftables;

import dev.sluice.rules.MarkBits;
import dev.sluice.rules.Target;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** What a rule does, from what {@code nft -nj} lists (libnftables-json(5)). Pure. */
final class TargetReader {
  private TargetReader() {}

  /**
   * The target that {@code statements} are.
   *
   * @param statements those of a rule behind its conditions, without its counter
   * @return empty if no program has such a target
   */
  static Optional<Target> read(List<Json> statements) {
    return switch (statements.size()) {
      case 1 -> single(statements.getFirst());
      case 3 -> tproxy(statements.get(0), statements.get(1), statements.get(2));
      default -> Optional.empty();
    };
  }

  private static Optional<Target> single(Json statement) {
    if (statement.has("return")) {
      return Optional.of(new Target.Return());
    }
    if (statement.has("accept")) {
      return Optional.of(new Target.Accept());
    }
    if (statement.has("drop")) {
      return Optional.of(new Target.Drop());
    }
    if (statement.has("jump")) {
      return statement.at("jump").at("target").text().map(Target.Call::new);
    }
    if (statement.has("redirect")) {
      return port(statement.at("redirect")).map(Target.Redirect::new);
    }
    return statement.has("mangle") ? mangle(statement.at("mangle")) : Optional.empty();
  }

  private static Optional<Target> tproxy(Json proxy, Json mark, Json accept) {
    return accept.has("accept") && single(mark).orElse(null) instanceof Target.SetMark(int value)
        ? port(proxy.at("tproxy")).map(port -> new Target.Tproxy(port, value))
        : Optional.empty();
  }

  /** Of a statement that names no address. */
  private static Optional<Integer> port(Json statement) {
    OptionalLong port = statement.at("port").whole();
    return port.isPresent() && !statement.has("addr")
        ? Optional.of((int) port.getAsLong())
        : Optional.empty();
  }

  private static Optional<Target> mangle(Json mangle) {
    Json value = mangle.at("value");
    String source = Selector.of(value).name();
    OptionalLong number = value.whole();
    return switch (Selector.of(mangle.at("key")).name()) {
      case "meta mark" ->
          source.equals("ct mark") && !value.has("&")
              ? Optional.of(new Target.RestoreMark())
              : number.stream().<Target>mapToObj(v -> new Target.SetMark((int) v)).findFirst();
      case "ct mark" ->
          source.equals("meta mark") && !value.has("&")
              ? Optional.of(new Target.SaveMark())
              : connectionMark(value).map(Target.SetConnectionMark::new);
      case "ct zone" ->
          number.stream().<Target>mapToObj(v -> new Target.ConntrackZone((int) v)).findFirst();
      default -> Optional.empty();
    };
  }

  /** {@code ct mark & A | B}, of which nft leaves out what does nothing; or B alone. */
  private static Optional<MarkBits> connectionMark(Json value) {
    OptionalLong whole = value.whole();
    if (whole.isPresent()) {
      return Optional.of(MarkBits.of((int) whole.getAsLong()));
    }
    List<Json> or = value.has("|") ? value.at("|").items() : List.of(value, new Json.Whole(0));
    Selector kept = Selector.of(or.getFirst());
    OptionalLong bits = or.getLast().whole();
    if (or.size() != 2 || bits.isEmpty() || !kept.name().equals("ct mark")) {
      return Optional.empty();
    }
    int set = (int) bits.getAsLong();
    // The bits that are set need not be among those that are cleared before.
    return Optional.of(new MarkBits(set, ~(int) kept.mask() | set));
  }
}
