// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.List;

/**
 * A type of BTF, as far as the loader needs it; see <a
 * href="https://docs.kernel.org/bpf/btf.html">the kernel's description</a>. Ids refer to the {@link
 * Btf} that the type came from; 0 is {@code void}. Immutable.
 */
public sealed interface BtfType {
  /** Its name; empty for an anonymous type. */
  String name();

  /** {@code void}, the type with id 0. */
  record Nothing() implements BtfType {
    @Override
    public String name() {
      return "void";
    }
  }

  /**
   * A number or an enumeration: anything with a size and no inner structure.
   *
   * @param name such as {@code unsigned int}
   * @param bytes its size
   */
  record Scalar(String name, int bytes) implements BtfType {}

  /**
   * A pointer.
   *
   * @param target what it points at
   */
  record Pointer(int target) implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /**
   * An array.
   *
   * @param element the type of its elements
   * @param count how many it has
   */
  record Array(int element, int count) implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /**
   * A struct or union.
   *
   * @param name empty if anonymous
   * @param union true if all members begin at 0
   * @param bytes its size
   * @param members in order
   */
  record Composite(String name, boolean union, int bytes, List<Member> members)
      implements BtfType {}

  /**
   * A member of a struct or union.
   *
   * @param name empty for an anonymous struct or union inside
   * @param type its type
   * @param bitOffset from the beginning, in bits
   * @param bitfieldBits its size if it is a bit-field, else 0
   */
  record Member(String name, int type, int bitOffset, int bitfieldBits) {}

  /**
   * A declaration without content.
   *
   * @param name of the struct, union or enumeration
   */
  record Forward(String name) implements BtfType {}

  /**
   * A typedef, const, volatile, restrict or type tag.
   *
   * @param name of a typedef or tag; else empty
   * @param target the type that it modifies
   */
  record Modifier(String name, int target) implements BtfType {}

  /**
   * A function.
   *
   * @param name its name
   * @param prototype the id of its prototype
   */
  record Function(String name, int prototype) implements BtfType {}

  /** Parameters and result of a function; not read further. */
  record Prototype() implements BtfType {
    @Override
    public String name() {
      return "";
    }
  }

  /**
   * A variable.
   *
   * @param name its name
   * @param type its type
   */
  record Variable(String name, int type) implements BtfType {}

  /**
   * The variables of a section. clang leaves size and offsets 0.
   *
   * @param name of the section
   * @param variables ids of {@link Variable}s, in order
   */
  record DataSection(String name, List<Integer> variables) implements BtfType {}

  /**
   * A tag on another declaration; not read further.
   *
   * @param name its text
   */
  record Tag(String name) implements BtfType {}
}
