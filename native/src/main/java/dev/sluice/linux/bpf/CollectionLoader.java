// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.bpf;

import dev.sluice.linux.bpf.spec.AttachType;
import dev.sluice.linux.bpf.spec.CollectionSpec;
import dev.sluice.linux.bpf.spec.CoreRelocator;
import dev.sluice.linux.bpf.spec.Instructions;
import dev.sluice.linux.bpf.spec.KernelMismatchException;
import dev.sluice.linux.bpf.spec.MapSpec;
import dev.sluice.linux.bpf.spec.ProgramSpec;
import dev.sluice.linux.bpf.spec.Reference;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One load, in order: what needs no kernel object first (fields of the running kernel), then types,
 * maps, programs. Used once.
 */
final class CollectionLoader {
  private final CollectionSpec spec;
  private final LoadOptions options;
  private final KernelTypes kernel;
  private final BpfCollection loaded;
  private @Nullable CoreRelocator relocator;

  CollectionLoader(CollectionSpec spec, LoadOptions options) {
    this.spec = spec;
    this.options = options;
    this.kernel = new KernelTypes(options.kernelTypes());
    this.loaded = new BpfCollection(options.maps());
  }

  BpfCollection load() throws IOException {
    List<ProgramSpec> programs = programs();
    Set<String> names = mapNames(programs);
    List<Prepared> prepared = new ArrayList<>();
    for (ProgramSpec program : programs) {
      prepared.add(prepare(program));
    }
    try (BtfObject types = BtfObject.load(spec.typesForKernel())) {
      MapLoader maps = new MapLoader(options, types);
      try {
        for (String name : names) {
          loadMap(maps, name);
        }
        for (Prepared program : prepared) {
          loaded.add(load(program, types));
        }
        return loaded;
      } catch (IOException | RuntimeException e) {
        undo(maps, e);
        throw e;
      }
    }
  }

  /** A program whose code fits this kernel; maps are still missing. */
  private record Prepared(ProgramSpec spec, Instructions code, int kernelType) {}

  private void undo(MapLoader maps, Exception why) {
    try {
      maps.undoPins();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
    try {
      loaded.close();
    } catch (IOException e) {
      why.addSuppressed(e);
    }
  }

  private List<ProgramSpec> programs() throws IOException {
    if (options.programs().isEmpty()) {
      return List.copyOf(spec.programs().values());
    }
    List<ProgramSpec> chosen = new ArrayList<>();
    for (String name : options.programs()) {
      chosen.add(spec.program(name));
    }
    return chosen;
  }

  private Set<String> mapNames(List<ProgramSpec> programs) throws IOException {
    for (String name : options.maps().keySet()) {
      MapLoader.checkCompatible(spec.map(name), options.maps().get(name), "given");
    }
    if (options.programs().isEmpty()) {
      return spec.maps().keySet();
    }
    Set<String> names = new HashSet<>();
    programs.forEach(program -> names.addAll(program.maps()));
    return names;
  }

  private Prepared prepare(ProgramSpec program) throws IOException {
    Instructions code = program.instructions();
    if (!program.relocations().isEmpty()) {
      relocator("program " + program.name()).apply(program, code);
    }
    int kernelType = 0;
    if (program.kind().attachType().filter(AttachType.TRACE_ITER::equals).isPresent()) {
      kernelType = iterator(program);
    }
    return new Prepared(program, code, kernelType);
  }

  private CoreRelocator relocator(String wantedBy) throws IOException {
    CoreRelocator known = relocator;
    if (known == null) {
      known = new CoreRelocator(spec.types(), kernel.require(wantedBy));
      relocator = known;
    }
    return known;
  }

  private int iterator(ProgramSpec program) throws IOException {
    String function = "bpf_iter_" + program.kind().target();
    return kernel
        .require("program " + program.name())
        .function(function)
        .orElseThrow(
            () ->
                new KernelMismatchException(
                    "loading program %s: this kernel has no iterator %s; the program can't be used"
                            .formatted(program.name(), program.kind().target())
                        + " on this kernel"));
  }

  private void loadMap(MapLoader maps, String name) throws IOException {
    if (!options.maps().containsKey(name)) {
      MapSpec map = spec.map(name);
      loaded.add(maps.load(map, spec.dataOf(name)), name);
    }
  }

  private BpfProgram load(Prepared program, BtfObject types) throws BpfLoadException {
    for (Reference reference : program.spec().references()) {
      int map = loaded.map(reference.map()).descriptor().number();
      switch (reference) {
        case Reference.ToMap to ->
            program.code().setMap(to.instruction(), Instructions.PSEUDO_MAP_FD, map, 0);
        case Reference.ToVariable to ->
            program
                .code()
                .setMap(to.instruction(), Instructions.PSEUDO_MAP_VALUE, map, to.offset());
      }
    }
    return new ProgramLoad(
            program.spec(), program.code(), spec.licence(), types, program.kernelType())
        .load();
  }
}
