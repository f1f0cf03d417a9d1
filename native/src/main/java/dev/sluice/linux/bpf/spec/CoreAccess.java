// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.ArrayList;
import java.util.List;

/**
 * The way to a field by names, which is what two kernels have in common: clang writes it by numbers
 * of members of the struct that it compiled with. Immutable.
 *
 * @param struct the name of the outermost struct
 * @param steps from there to the field
 */
record CoreAccess(String struct, List<Step> steps) {
  private static final int LONGEST = 64;

  /** One step inwards. */
  sealed interface Step {
    /** To a member by name. */
    record Named(String name) implements Step {
      @Override
      public String toString() {
        return "." + name;
      }
    }

    /** To an element of an array. */
    record Element(int index) implements Step {
      @Override
      public String toString() {
        return "[" + index + "]";
      }
    }
  }

  static CoreAccess parse(Btf types, CoreRelocation relocation) throws SpecException {
    String[] numbers = relocation.access().split(":", LONGEST);
    int current = types.resolvedId(relocation.type());
    BtfType outermost = types.type(current);
    if (!(outermost instanceof BtfType.Composite) || outermost.name().isEmpty()) {
      throw new SpecException(
          "relocating instruction %d: BTF type %d is no named struct"
              .formatted(relocation.instruction(), relocation.type()));
    }
    if (number(relocation, numbers[0]) != 0) {
      throw new SpecException(
          "relocating a field of %s: path %s begins behind the first struct, expected 0"
              .formatted(outermost.name(), relocation.access()));
    }
    List<Step> steps = new ArrayList<>();
    for (int i = 1; i < numbers.length; i++) {
      int number = number(relocation, numbers[i]);
      BtfType type = types.resolved(current);
      switch (type) {
        case BtfType.Composite composite when number < composite.members().size() -> {
          BtfType.Member member = composite.members().get(number);
          if (!member.name().isEmpty()) {
            steps.add(new Step.Named(member.name()));
          }
          current = member.type();
        }
        case BtfType.Array array -> {
          steps.add(new Step.Element(number));
          current = array.element();
        }
        default ->
            throw new SpecException(
                "relocating a field of %s: path %s leads nowhere at number %d"
                    .formatted(outermost.name(), relocation.access(), i));
      }
    }
    return new CoreAccess(outermost.name(), List.copyOf(steps));
  }

  private static int number(CoreRelocation relocation, String digits) throws SpecException {
    try {
      int number = Integer.parseInt(digits);
      if (number >= 0) {
        return number;
      }
    } catch (NumberFormatException e) {
      // Falls through to the one message for all paths that aren't numbers.
    }
    throw new SpecException(
        "relocating instruction %d: '%s' in path '%s' is no number"
            .formatted(relocation.instruction(), digits, relocation.access()));
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder("struct ").append(struct);
    steps.forEach(text::append);
    return text.toString();
  }
}
