// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.bpf.BpfCodec;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.bpf.TypedMap;
import java.io.IOException;
import java.util.Map;

/**
 * Who is load balanced, or isn't, whatever the scope says. In force at once for connections made
 * from then on. Blocks its caller; one at a time on a load balancer.
 */
public final class Exemptions {
  private static final byte[] FIRST = new byte[Integer.BYTES];
  private static final int KEY_BYTES = 16;

  private final TypedMap<Subject, Verdict> map;
  private final BpfMap settings;

  Exemptions(BpfMap exemptions, BpfMap settings) {
    this.map = TypedMap.of(exemptions, subjects(), verdicts());
    this.settings = settings;
  }

  /** Whom an exemption is about. {@code enum exemption_kind} of the programs. */
  public sealed interface Subject {
    /** Every process of a cgroup and of those below; the nearest cgroup that has a say decides. */
    record OfCgroup(long id) implements Subject {
      @Override
      public String toString() {
        return "cgroup " + id;
      }
    }

    /** Every socket of a network namespace, by its cookie. */
    record OfNamespace(long cookie) implements Subject {
      @Override
      public String toString() {
        return "the network namespace with cookie " + cookie;
      }
    }
  }

  /** {@code enum exemption} of the programs. */
  public enum Verdict {
    /** Load balance although the scope doesn't. */
    USE(1),
    /** Leave alone although the scope doesn't. */
    SKIP(2);

    private final int number;

    Verdict(int number) {
      this.number = number;
    }
  }

  /** Every exemption there is. */
  public Map<Subject, Verdict> all() throws IOException {
    return map.readAll();
  }

  /** Puts one; the programs look for exemptions of a kind only once there are some. */
  public void put(Subject subject, Verdict verdict) throws IOException {
    map.put(subject, verdict);
    recount();
  }

  /** Removes one; false if there was none. */
  public boolean remove(Subject subject) throws IOException {
    boolean removed = map.delete(subject);
    recount();
    return removed;
  }

  private void recount() throws IOException {
    int cgroups = 0;
    int namespaces = 0;
    for (Subject subject : map.readAll().keySet()) {
      switch (subject) {
        case Subject.OfCgroup _ -> cgroups++;
        case Subject.OfNamespace _ -> namespaces++;
      }
    }
    byte[] now = settings.lookup(FIRST);
    Settings before = Settings.decode(now == null ? new byte[Settings.BYTES] : now);
    settings.put(FIRST, before.withExemptions(cgroups, namespaces).encode());
  }

  private static BpfCodec<Subject> subjects() {
    return BpfCodec.of(
        KEY_BYTES,
        (subject, to) -> {
          switch (subject) {
            case Subject.OfCgroup cgroup -> to.putLong(cgroup.id()).putInt(1);
            case Subject.OfNamespace namespace -> to.putLong(namespace.cookie()).putInt(2);
          }
        },
        from -> {
          long id = from.getLong();
          int kind = from.getInt();
          return kind == 1 ? new Subject.OfCgroup(id) : new Subject.OfNamespace(id);
        });
  }

  private static BpfCodec<Verdict> verdicts() {
    return BpfCodec.of(
        Integer.BYTES,
        (verdict, to) -> to.putInt(verdict.number),
        from -> from.getInt() == Verdict.USE.number ? Verdict.USE : Verdict.SKIP);
  }
}
