// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf.spec;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Finds fields of an object's structs in the running kernel's, by the names of struct and members,
 * and patches the instructions that read them ("compile once, run everywhere"). Only offset, size
 * and existence of fields are supported. Belongs to one thread.
 */
public final class CoreRelocator {
  /** clang lets one struct have several versions: {@code tcp_sock___old} stands for tcp_sock. */
  private static final String FLAVOUR = "___";

  private final Btf program;
  private final Btf kernel;

  /** One search goes through all of the kernel's types. */
  private final Map<CoreAccess, Optional<Field>> known = new HashMap<>();

  private record Field(long bitOffset, int type) {}

  /**
   * For programs of one object.
   *
   * @param program the object's types
   * @param kernel the running kernel's types
   */
  public CoreRelocator(Btf program, Btf kernel) {
    this.program = program;
    this.kernel = kernel;
  }

  /**
   * Patches all instructions of a program that depend on the kernel.
   *
   * @throws KernelMismatchException if the kernel does not have a struct or field
   * @throws SpecException if a relocation is damaged, or of a kind that is not supported
   */
  public void apply(ProgramSpec spec, Instructions code)
      throws SpecException, KernelMismatchException {
    for (CoreRelocation relocation : spec.relocations()) {
      code.setField(relocation.instruction(), value(spec, relocation));
    }
  }

  private int value(ProgramSpec spec, CoreRelocation relocation)
      throws SpecException, KernelMismatchException {
    CoreAccess access = CoreAccess.parse(program, relocation);
    Optional<Field> field = known.get(access);
    if (field == null) {
      field = find(access);
      known.put(access, field);
    }
    return switch (relocation.kind()) {
      case CoreRelocation.EXISTS -> field.isPresent() ? 1 : 0;
      case CoreRelocation.BYTE_OFFSET -> bytes(required(spec, access, field).bitOffset(), access);
      case CoreRelocation.BYTE_SIZE -> kernel.bytes(required(spec, access, field).type());
      default ->
          throw new SpecException(
              "relocating %s in program %s: kind %d is not supported, expected a field's offset,"
                      .formatted(access, spec.name(), relocation.kind())
                  + " size or existence");
    };
  }

  private static Field required(ProgramSpec spec, CoreAccess access, Optional<Field> field)
      throws KernelMismatchException {
    return field.orElseThrow(
        () ->
            new KernelMismatchException(
                "loading program %s: this kernel has no %s, which the program reads; it can't be"
                        .formatted(spec.name(), access)
                    + " used on this kernel"));
  }

  private Optional<Field> find(CoreAccess access) throws SpecException {
    String name = access.struct();
    int flavour = name.indexOf(FLAVOUR);
    for (int candidate : kernel.composites(flavour > 0 ? name.substring(0, flavour) : name)) {
      Optional<Field> field = follow(new Field(0, candidate), access.steps());
      if (field.isPresent()) {
        return field;
      }
    }
    return Optional.empty();
  }

  private Optional<Field> follow(Field from, List<CoreAccess.Step> steps) throws SpecException {
    Field field = from;
    for (CoreAccess.Step step : steps) {
      Optional<Field> next =
          switch (step) {
            case CoreAccess.Step.Named named -> member(field, named.name(), 0);
            case CoreAccess.Step.Element element -> element(field, element.index());
          };
      if (next.isEmpty()) {
        return next;
      }
      field = next.get();
    }
    return Optional.of(field);
  }

  /** A member by name; the kernel may have wrapped it into anonymous structs and unions. */
  private Optional<Field> member(Field of, String name, int depth) throws SpecException {
    if (depth > 16 || !(kernel.resolved(of.type()) instanceof BtfType.Composite composite)) {
      return Optional.empty();
    }
    for (BtfType.Member member : composite.members()) {
      Field here = new Field(of.bitOffset() + member.bitOffset(), member.type());
      if (member.name().equals(name)) {
        return member.bitfieldBits() == 0 ? Optional.of(here) : Optional.empty();
      }
      if (member.name().isEmpty()) {
        Optional<Field> inside = member(here, name, depth + 1);
        if (inside.isPresent()) {
          return inside;
        }
      }
    }
    return Optional.empty();
  }

  private Optional<Field> element(Field of, int index) throws SpecException {
    if (!(kernel.resolved(of.type()) instanceof BtfType.Array array)) {
      return Optional.empty();
    }
    long bits = (long) kernel.bytes(array.element()) * Byte.SIZE * index;
    return index < array.count()
        ? Optional.of(new Field(of.bitOffset() + bits, array.element()))
        : Optional.empty();
  }

  private static int bytes(long bits, CoreAccess access) throws SpecException {
    if (bits % Byte.SIZE != 0 || bits / Byte.SIZE > Integer.MAX_VALUE) {
      throw new SpecException(
          "relocating %s: the kernel has it at bit %d, expected a whole byte"
              .formatted(access, bits));
    }
    return (int) (bits / Byte.SIZE);
  }
}
