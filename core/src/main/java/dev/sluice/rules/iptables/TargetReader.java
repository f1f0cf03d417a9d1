// SPDX-License-Identifier: Apache-2.0
package dev.sluice.rules.iptables;

import static dev.sluice.rules.iptables.RuleWords.unknown;

import dev.sluice.rules.Chain;
import dev.sluice.rules.Target;

/** Reads what follows {@code -j} in a rule. Pure. */
final class TargetReader {
  private static final String ALL_BITS = "0xffffffff";

  private TargetReader() {}

  static Target read(RuleWords words) {
    String name = words.next();
    return switch (name) {
      case "RETURN" -> new Target.Return();
      case "ACCEPT" -> new Target.Accept();
      case "DROP" -> new Target.Drop();
      case "REDIRECT" -> {
        words.expect("--to-ports");
        yield new Target.Redirect(words.number());
      }
      case "TPROXY" -> tproxy(words);
      case "MARK" -> mark(words);
      case "CONNMARK" -> connectionMark(words);
      case "CT" -> {
        words.expect("--zone");
        yield new Target.ConntrackZone(words.number());
      }
      default -> {
        // Any other word may be a target of the kernel that programs don't use.
        if (!name.startsWith(Chain.PREFIX)) {
          throw unknown(name);
        }
        yield new Target.Call(name);
      }
    };
  }

  private static Target tproxy(RuleWords words) {
    int port = 0;
    int mark = 0;
    while (!words.isEmpty()) {
      String option = words.next();
      switch (option) {
        case "--on-port" -> port = words.number();
        case "--tproxy-mark" -> mark = words.wholeMark();
        case "--on-ip" -> anyAddress(words.next());
        default -> throw unknown(option);
      }
    }
    return new Target.Tproxy(port, mark);
  }

  /** The address that packets were sent to anyway. */
  private static void anyAddress(String address) {
    if (!address.equals("0.0.0.0") && !address.equals("::")) {
      throw unknown(address);
    }
  }

  private static Target mark(RuleWords words) {
    String option = words.next();
    return switch (option) {
      case "--set-xmark", "--set-mark" -> new Target.SetMark(words.wholeMark());
      default -> throw unknown(option);
    };
  }

  private static Target connectionMark(RuleWords words) {
    String option = words.next();
    return switch (option) {
      case "--set-xmark" -> new Target.SetConnectionMark(words.bits());
      case "--save-mark" -> {
        allBits(words);
        yield new Target.SaveMark();
      }
      case "--restore-mark" -> {
        allBits(words);
        yield new Target.RestoreMark();
      }
      default -> throw unknown(option);
    };
  }

  private static void allBits(RuleWords words) {
    if (!words.isEmpty()) {
      words.expect("--nfmask");
      words.expect(ALL_BITS);
      words.expect("--ctmask");
      words.expect(ALL_BITS);
    }
  }
}
