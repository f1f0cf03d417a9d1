// SPDX-License-Identifier: Apache-2.0
/** Linux from Java: system calls, socket options and network namespaces. */
module dev.sluice.linux {
  requires static transitive org.jspecify;

  exports dev.sluice.linux;
  exports dev.sluice.linux.bpf;
  exports dev.sluice.linux.bpf.spec;
  exports dev.sluice.linux.netlink;
  exports dev.sluice.linux.socket;
  exports dev.sluice.linux.netns;
}
