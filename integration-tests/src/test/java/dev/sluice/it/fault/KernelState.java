// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.fault;

import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfLink;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.BpfProgram;
import dev.sluice.linux.bpf.LinkInfo;
import dev.sluice.linux.bpf.MapBatch;
import dev.sluice.linux.bpf.MapEntry;
import dev.sluice.linux.bpf.spec.MapType;
import dev.sluice.process.Command;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * What Sluice has in the kernel at one moment: programs on a cgroup as bpftool sees them, pins, and
 * what the pinned maps hold. Immutable.
 *
 * @param lines one for each object; numbers that the kernel gives anew each time are {@code #N}
 */
public record KernelState(List<String> lines) {
  private static final String KERNEL_NUMBER = "#\\d+";

  /** Looks at {@code cgroup} and at everything below {@code bpfFileSystem}. */
  public static KernelState of(Path cgroup, Path bpfFileSystem) throws IOException {
    List<String> lines = new ArrayList<>();
    Command.of("bpftool", "cgroup", "show", cgroup.toString())
        .runOrThrow()
        .lines()
        .skip(1)
        .map(line -> "attached #" + line.strip().replaceAll("\\s+", " "))
        .sorted()
        .forEach(lines::add);
    Path ours = bpfFileSystem.resolve("sluice");
    if (Files.exists(ours)) {
      try (Stream<Path> pins = Files.walk(ours)) {
        for (Path pin : pins.sorted().toList()) {
          String text = Files.isDirectory(pin) ? "/" : text(pin);
          lines.add("pinned " + bpfFileSystem.relativize(pin) + text);
        }
      }
    }
    return new KernelState(List.copyOf(lines));
  }

  /** The same for every run that ends in the same state. */
  public List<String> withoutKernelNumbers() {
    return lines.stream().map(line -> line.replaceAll(KERNEL_NUMBER, "#")).toList();
  }

  private static String text(Path pin) throws IOException {
    if (pin.getName(pin.getNameCount() - 2).endsWith("links")) {
      try (BpfLink link = BpfLink.openPinned(pin)) {
        return text(link.info());
      }
    }
    try (BpfMap map = BpfMap.openPinned(pin)) {
      return text(map);
    }
  }

  private static String text(LinkInfo link) throws IOException {
    try (BpfProgram program = BpfProgram.openById(link.programId())) {
      String tag = program.info().tag();
      return " link #%d of program #%d %s to %s"
          .formatted(link.id(), link.programId(), tag, link.target());
    }
  }

  private static String text(BpfMap map) throws SyscallException {
    MapType type = MapType.of(map.shape().type());
    String text = " map #" + map.info().id() + " " + map.shape();
    return switch (type) {
      case HASH, ARRAY, LPM_TRIE -> text + entries(map);
      case ARRAY_OF_MAPS -> text + tables(map);
      case null, default -> text;
    };
  }

  private static List<String> entries(BpfMap map) throws SyscallException {
    return MapBatch.of(map).readAll().stream().map(KernelState::text).sorted().toList();
  }

  private static String text(MapEntry entry) {
    HexFormat hex = HexFormat.of();
    return hex.formatHex(entry.key()) + "=" + hex.formatHex(entry.value());
  }

  private static List<String> tables(BpfMap map) throws SyscallException {
    List<String> tables = new ArrayList<>();
    ByteBuffer key = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder());
    for (int i = 0; i < map.shape().maxEntries(); i++) {
      byte[] id = map.lookup(key.putInt(0, i).array().clone());
      if (id != null) {
        int number = ByteBuffer.wrap(id).order(ByteOrder.nativeOrder()).getInt();
        try (BpfMap inner = BpfMap.openById(number)) {
          tables.add(i + "=#" + number + " " + inner.shape() + entries(inner));
        }
      }
    }
    return tables;
  }
}
