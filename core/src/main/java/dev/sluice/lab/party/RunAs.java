// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import java.util.ArrayList;
import java.util.List;

/** Whose rights a process of the demo has. */
public enum RunAs {
  /** All of them: what an init container has. */
  ROOT,
  /** An application: no capability, a uid that no rule mentions. */
  APPLICATION,
  /** The proxy without any capability. */
  PROXY,
  /** The proxy with CAP_NET_ADMIN alone, which IP_TRANSPARENT needs (ip(7)). */
  PROXY_NET_ADMIN,
  /** Root without any capability in the proxy's group, which the rules exempt too. */
  ROOT_PROXY_GROUP;

  private static final int APPLICATION_UID = 1000;

  /** The uid and gid of the proxy, which the rules exempt. */
  public static final int PROXY_UID = 1337;

  /** The uid. */
  public int user() {
    return switch (this) {
      case ROOT, ROOT_PROXY_GROUP -> 0;
      case APPLICATION -> APPLICATION_UID;
      case PROXY, PROXY_NET_ADMIN -> PROXY_UID;
    };
  }

  /** The gid. */
  public int group() {
    return this == ROOT_PROXY_GROUP ? PROXY_UID : user();
  }

  /** The {@code setpriv} line that gives a command these rights and ends it with its parent. */
  List<String> prefix() {
    List<String> line = new ArrayList<>(List.of("setpriv", "--pdeathsig", "KILL"));
    switch (this) {
      case ROOT -> {}
      case APPLICATION -> user(line, APPLICATION_UID, "-all");
      case PROXY -> user(line, PROXY_UID, "-all");
      case PROXY_NET_ADMIN -> user(line, PROXY_UID, "-all,+net_admin");
      case ROOT_PROXY_GROUP -> {
        line.addAll(List.of("--regid", Integer.toString(PROXY_UID), "--clear-groups"));
        line.addAll(List.of("--inh-caps", "-all", "--bounding-set", "-all"));
      }
    }
    line.add("--");
    return line;
  }

  private static void user(List<String> line, int uid, String capabilities) {
    String id = Integer.toString(uid);
    line.addAll(List.of("--reuid", id, "--regid", id, "--clear-groups"));
    line.addAll(List.of("--inh-caps", capabilities, "--ambient-caps", capabilities));
    line.addAll(List.of("--bounding-set", capabilities));
  }
}
