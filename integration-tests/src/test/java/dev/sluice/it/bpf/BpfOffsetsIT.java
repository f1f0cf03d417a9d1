// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sluice.linux.ffi.BpfOffsets;
import dev.sluice.process.Command;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The C compiler and the kernel's own header say whether our offsets are right. */
class BpfOffsetsIT {
  private static final String ATTRIBUTE = "union bpf_attr";

  /** Structs by the name that our class has, and what stands before their fields. */
  private static final Map<String, List<String>> PLACES =
      Map.ofEntries(
          Map.entry("MapCreate", List.of(ATTRIBUTE, "")),
          Map.entry("Element", List.of(ATTRIBUTE, "")),
          Map.entry("Batch", List.of(ATTRIBUTE, "batch.")),
          Map.entry("ProgramLoad", List.of(ATTRIBUTE, "")),
          Map.entry("BtfLoad", List.of(ATTRIBUTE, "")),
          Map.entry("Pin", List.of(ATTRIBUTE, "")),
          Map.entry("Attach", List.of(ATTRIBUTE, "")),
          Map.entry("ProgramTest", List.of(ATTRIBUTE, "test.")),
          Map.entry("ObjectId", List.of(ATTRIBUTE, "")),
          Map.entry("InfoByFd", List.of(ATTRIBUTE, "info.")),
          Map.entry("Query", List.of(ATTRIBUTE, "query.")),
          Map.entry("LinkCreate", List.of(ATTRIBUTE, "link_create.")),
          Map.entry("LinkUpdate", List.of(ATTRIBUTE, "link_update.")),
          Map.entry("LinkDetach", List.of(ATTRIBUTE, "link_detach.")),
          Map.entry("RawTracepoint", List.of(ATTRIBUTE, "raw_tracepoint.")),
          Map.entry("EnableStats", List.of(ATTRIBUTE, "enable_stats.")),
          Map.entry("IterCreate", List.of(ATTRIBUTE, "iter_create.")),
          Map.entry("MapInfo", List.of("struct bpf_map_info", "")),
          Map.entry("ProgramInfo", List.of("struct bpf_prog_info", "")),
          Map.entry("LinkInfo", List.of("struct bpf_link_info", "")));

  /** Younger than the headers of the distribution; BpfLinkIT sees the kernel use them. */
  private static final Set<String> YOUNGER = Set.of("LOG_TRUE_SIZE", "REVISION", "RELATIVE_ID");

  @Test
  void liesWhereTheCompilerPutsIt() throws Exception {
    List<String> assertions = new ArrayList<>();
    for (Class<?> struct : BpfOffsets.class.getDeclaredClasses()) {
      for (Field field : struct.getDeclaredFields()) {
        if (Modifier.isPublic(field.getModifiers())
            && !field.getName().endsWith("BYTES")
            && !YOUNGER.contains(field.getName())) {
          assertions.add(assertion(struct.getSimpleName(), field.getName(), field.getInt(null)));
        }
      }
    }
    assertThat(assertions).hasSizeGreaterThan(90);
    compile(assertions);
  }

  @Test
  void seesAWrongOffset() {
    assertThatThrownBy(() -> compile(List.of(assertion("Query", "PROG_IDS", 20))))
        .hasMessageContaining("query.prog_ids");
  }

  private static String assertion(String struct, String field, int offset) {
    List<String> place = PLACES.get(struct);
    assertThat(place).as("the C struct of " + struct).isNotNull();
    String path = place.get(1) + fieldPath(field.toLowerCase(Locale.ROOT));
    return "_Static_assert(__builtin_offsetof(%s, %s) == %d, \"%s\");"
        .formatted(place.get(0), path, offset, path);
  }

  private static String fieldPath(String field) {
    for (String inner : List.of("cgroup_", "netns_")) {
      if (field.startsWith(inner)) {
        return inner.replace('_', '.') + field.substring(inner.length());
      }
    }
    return field;
  }

  private static void compile(List<String> assertions) throws Exception {
    String source = "#include <linux/bpf.h>\n" + String.join("\n", assertions) + "\n";
    Command.of("clang-14", "-fsyntax-only", "-x", "c", "-").withInput(source).runOrThrow();
  }
}
