// SPDX-License-Identifier: Apache-2.0
package dev.sluice.doctor;

import java.util.Locale;

/** What can be wrong. The names are an interface: programs read them in JSON. */
public enum Fault {
  /** A mode that is wanted can't work: a kernel feature, a module or a program is missing. */
  FEATURE_MISSING,
  /** A proxy listens, and no rule steers to it. */
  RULES_MISSING,
  /** Rules stand in another order than they were made in. */
  RULES_OUT_OF_ORDER,
  /** Rules are missing, or there are some that Sluice didn't make. */
  RULES_CHANGED,
  /** Policy rules, routes or addresses of TPROXY are missing. */
  ROUTING_MISSING,
  /** Rules are there twice, by two backends. */
  RULES_TWICE,
  /** The guard of a change was left behind, and blocks new connections. */
  GUARD_LEFT,
  /** A rule of somebody else comes first and takes everything. */
  RULES_PRECEDED,
  /** Another mesh's rules are there too. */
  OTHER_MESH,
  /** Nobody listens where connections are steered to. */
  PROXY_DEAD,
  /** The proxy listens for one family only. */
  ONE_FAMILY,
  /** The proxy runs as a user whose connections come back to it. */
  PROXY_NOT_EXEMPT,
  /** A setting of the kernel breaks what is in use. */
  SETTING,
  /** The table of connections is nearly full. */
  CONNTRACK_FULL,
  /** lo is down. */
  LOOPBACK_DOWN,
  /** No cgroup v2 tree is mounted. */
  NO_CGROUP_TREE,
  /** No eBPF file system is mounted. */
  NO_BPF_FILE_SYSTEM,
  /** A program that lets nobody else in, or is switched off by one below. */
  EXCLUSIVE_ATTACHMENT,
  /** Somebody else's program runs before the one that records what was dialled. */
  REWRITTEN_BEFORE,
  /** A program of a feature is not attached any more. */
  FEATURE_BROKEN,
  /** A feature is on a cgroup in which the pod isn't. */
  WRONG_CGROUP,
  /** A live connection reached the proxy with another destination than was dialled. */
  DESTINATION_LOST,
  /** A live connection did not reach the proxy. */
  NOT_CAPTURED;

  /** Such as {@code proxy-dead}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
