// SPDX-License-Identifier: Apache-2.0
package dev.sluice.linux.ffi;

/**
 * Where the fields of {@code union bpf_attr} and of the {@code bpf_*_info} structs lie, in bytes,
 * as {@code include/uapi/linux/bpf.h} has them on every architecture with 64 bits. A constant is
 * named as its field, {@code BYTES} says how much of a struct is passed. Immutable.
 */
public final class BpfOffsets {
  private BpfOffsets() {}

  /** {@code BPF_MAP_CREATE}. */
  public static final class MapCreate {
    public static final int MAP_TYPE = 0;
    public static final int KEY_SIZE = 4;
    public static final int VALUE_SIZE = 8;
    public static final int MAX_ENTRIES = 12;
    public static final int MAP_FLAGS = 16;
    public static final int INNER_MAP_FD = 20;
    public static final int MAP_NAME = 28;
    public static final int BTF_FD = 48;
    public static final int BTF_KEY_TYPE_ID = 52;
    public static final int BTF_VALUE_TYPE_ID = 56;
    public static final int BYTES = 64;

    private MapCreate() {}
  }

  /** {@code BPF_MAP_*_ELEM} and {@code BPF_MAP_FREEZE}. */
  public static final class Element {
    public static final int MAP_FD = 0;
    public static final int KEY = 8;
    public static final int VALUE = 16;
    public static final int NEXT_KEY = 16;
    public static final int FLAGS = 24;
    public static final int BYTES = 32;

    private Element() {}
  }

  /** {@code BPF_MAP_*_BATCH}: {@code batch}. */
  public static final class Batch {
    public static final int IN_BATCH = 0;
    public static final int OUT_BATCH = 8;
    public static final int KEYS = 16;
    public static final int VALUES = 24;
    public static final int COUNT = 32;
    public static final int MAP_FD = 36;
    public static final int BYTES = 56;

    private Batch() {}
  }

  /** {@code BPF_PROG_LOAD}. */
  public static final class ProgramLoad {
    public static final int PROG_TYPE = 0;
    public static final int INSN_CNT = 4;
    public static final int INSNS = 8;
    public static final int LICENSE = 16;
    public static final int LOG_LEVEL = 24;
    public static final int LOG_SIZE = 28;
    public static final int LOG_BUF = 32;
    public static final int PROG_NAME = 48;
    public static final int EXPECTED_ATTACH_TYPE = 68;
    public static final int PROG_BTF_FD = 72;
    public static final int FUNC_INFO_REC_SIZE = 76;
    public static final int FUNC_INFO = 80;
    public static final int FUNC_INFO_CNT = 88;
    public static final int LINE_INFO_REC_SIZE = 92;
    public static final int LINE_INFO = 96;
    public static final int LINE_INFO_CNT = 104;
    public static final int ATTACH_BTF_ID = 108;

    /** Since Linux 6.4; written by the kernel. */
    public static final int LOG_TRUE_SIZE = 140;

    public static final int BYTES = 144;

    private ProgramLoad() {}
  }

  /** {@code BPF_BTF_LOAD}. */
  public static final class BtfLoad {
    public static final int BTF = 0;
    public static final int BTF_LOG_BUF = 8;
    public static final int BTF_SIZE = 16;
    public static final int BTF_LOG_SIZE = 20;
    public static final int BTF_LOG_LEVEL = 24;
    public static final int BYTES = 32;

    private BtfLoad() {}
  }

  /** {@code BPF_OBJ_PIN} and {@code BPF_OBJ_GET}. */
  public static final class Pin {
    public static final int PATHNAME = 0;
    public static final int BPF_FD = 8;
    public static final int BYTES = 16;

    private Pin() {}
  }

  /** {@code BPF_PROG_ATTACH} and {@code BPF_PROG_DETACH}. */
  public static final class Attach {
    public static final int TARGET_FD = 0;
    public static final int ATTACH_BPF_FD = 4;
    public static final int ATTACH_TYPE = 8;
    public static final int ATTACH_FLAGS = 12;
    public static final int BYTES = 20;

    private Attach() {}
  }

  /** {@code BPF_PROG_TEST_RUN}: {@code test}. */
  public static final class ProgramTest {
    public static final int PROG_FD = 0;
    public static final int RETVAL = 4;
    public static final int DATA_SIZE_IN = 8;
    public static final int DATA_IN = 16;
    public static final int CTX_SIZE_IN = 40;
    public static final int CTX_SIZE_OUT = 44;
    public static final int CTX_IN = 48;
    public static final int CTX_OUT = 56;
    public static final int BYTES = 80;

    private ProgramTest() {}
  }

  /** {@code BPF_*_GET_NEXT_ID} and {@code BPF_*_GET_FD_BY_ID}. */
  public static final class ObjectId {
    public static final int START_ID = 0;
    public static final int NEXT_ID = 4;
    public static final int BYTES = 12;

    private ObjectId() {}
  }

  /** {@code BPF_OBJ_GET_INFO_BY_FD}: {@code info}. */
  public static final class InfoByFd {
    public static final int BPF_FD = 0;
    public static final int INFO_LEN = 4;
    public static final int INFO = 8;
    public static final int BYTES = 16;

    private InfoByFd() {}
  }

  /** {@code BPF_PROG_QUERY}: {@code query}. */
  public static final class Query {
    public static final int TARGET_FD = 0;
    public static final int ATTACH_TYPE = 4;
    public static final int QUERY_FLAGS = 8;
    public static final int ATTACH_FLAGS = 12;
    public static final int PROG_IDS = 16;
    public static final int PROG_CNT = 24;

    /** Since Linux 6.6, for cgroups 6.16; written by the kernel. */
    public static final int REVISION = 56;

    public static final int BYTES = 64;

    private Query() {}
  }

  /** {@code BPF_LINK_CREATE}: {@code link_create}. */
  public static final class LinkCreate {
    public static final int PROG_FD = 0;
    public static final int TARGET_FD = 4;
    public static final int ATTACH_TYPE = 8;
    public static final int FLAGS = 12;
    public static final int ITER_INFO = 16;
    public static final int ITER_INFO_LEN = 24;

    /** {@code cgroup.relative_id}, since Linux 6.16. */
    public static final int RELATIVE_ID = 16;

    /** What links without an order or a target of an iterator need. */
    public static final int PLAIN_BYTES = 16;

    public static final int BYTES = 32;

    private LinkCreate() {}
  }

  /** {@code BPF_LINK_UPDATE}: {@code link_update}. */
  public static final class LinkUpdate {
    public static final int LINK_FD = 0;
    public static final int NEW_PROG_FD = 4;
    public static final int FLAGS = 8;
    public static final int OLD_PROG_FD = 12;
    public static final int BYTES = 16;

    private LinkUpdate() {}
  }

  /** {@code BPF_LINK_DETACH}: {@code link_detach}. */
  public static final class LinkDetach {
    public static final int LINK_FD = 0;
    public static final int BYTES = 4;

    private LinkDetach() {}
  }

  /** {@code BPF_ITER_CREATE}: {@code iter_create}. */
  public static final class IterCreate {
    public static final int LINK_FD = 0;
    public static final int BYTES = 8;

    private IterCreate() {}
  }

  /** {@code BPF_RAW_TRACEPOINT_OPEN}: {@code raw_tracepoint}. */
  public static final class RawTracepoint {
    public static final int NAME = 0;
    public static final int PROG_FD = 8;
    public static final int BYTES = 16;

    private RawTracepoint() {}
  }

  /** {@code BPF_ENABLE_STATS}: {@code enable_stats}. */
  public static final class EnableStats {
    public static final int TYPE = 0;
    public static final int BYTES = 4;

    private EnableStats() {}
  }

  /** {@code struct bpf_map_info}. */
  public static final class MapInfo {
    public static final int TYPE = 0;
    public static final int ID = 4;
    public static final int KEY_SIZE = 8;
    public static final int VALUE_SIZE = 12;
    public static final int MAX_ENTRIES = 16;
    public static final int MAP_FLAGS = 20;
    public static final int NAME = 24;
    public static final int BTF_ID = 64;

    private MapInfo() {}
  }

  /** {@code struct bpf_prog_info}. */
  public static final class ProgramInfo {
    public static final int TYPE = 0;
    public static final int ID = 4;
    public static final int TAG = 8;
    public static final int LOAD_TIME = 40;
    public static final int CREATED_BY_UID = 48;
    public static final int NAME = 64;
    public static final int BTF_ID = 128;
    public static final int RUN_CNT = 200;

    private ProgramInfo() {}
  }

  /** {@code struct bpf_link_info}. */
  public static final class LinkInfo {
    public static final int TYPE = 0;
    public static final int ID = 4;
    public static final int PROG_ID = 8;
    public static final int CGROUP_CGROUP_ID = 16;
    public static final int CGROUP_ATTACH_TYPE = 24;
    public static final int NETNS_NETNS_INO = 16;
    public static final int NETNS_ATTACH_TYPE = 20;

    private LinkInfo() {}
  }
}
