// SPDX-License-Identifier: Apache-2.0
package dev.sluice.socketlb;

import dev.sluice.linux.FileDescriptor;
import dev.sluice.linux.SyscallException;
import dev.sluice.linux.bpf.BpfMap;
import dev.sluice.linux.socket.AddressFamily;
import dev.sluice.model.IpFamily;
import dev.sluice.net.ClientAddress;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What a proxy tells the programs that capture for it: where it listens, that it lives, and whom
 * its connections to the application stand for. The pins are root's alone; whoever may open them
 * hands the descriptors to the proxy, which then needs no capability. Owns the descriptors.
 * Thread-safe.
 */
public final class CaptureChannel implements AutoCloseable {
  /** How often a proxy that serves says so. */
  public static final Duration SIGN_OF_LIFE = Duration.ofMillis(100);

  /** Room for one sign that is late. */
  static final Duration LEAST_PATIENCE = SIGN_OF_LIFE.multipliedBy(2);

  private static final List<String> MAPS =
      List.of("listeners", "alive", "announcements", "counters");
  private static final int CLIENT_BYTES = 20;

  private final List<BpfMap> maps;

  private CaptureChannel(List<BpfMap> maps) {
    this.maps = List.copyOf(maps);
  }

  /**
   * Opens the pins of what captures for the cgroup that this process is in; needs root.
   *
   * @throws IOException if nothing does
   */
  public static CaptureChannel open(Path bpfFileSystem) throws IOException {
    for (PinnedFeature place : PinnedFeature.all(bpfFileSystem)) {
      if (place.feature() == Feature.CAPTURE && isForThisProcess(place)) {
        return open(place);
      }
    }
    throw new IOException(
        "looking below "
            + bpfFileSystem
            + " for what is captured for this proxy: nothing is; expected 'sluice capture on' to"
            + " have run, and its --proxy-cgroup to hold this process");
  }

  /**
   * Opens the pins of what is captured on {@code cgroup}; needs root.
   *
   * @throws IOException if nothing is, or this process isn't in the proxy's cgroup, so that its own
   *     connections would come back to it
   */
  public static CaptureChannel open(Path bpfFileSystem, Path cgroup) throws IOException {
    PinnedFeature place = PinnedFeature.at(bpfFileSystem, Feature.CAPTURE, CgroupFolder.id(cgroup));
    if (!place.exists()) {
      throw new IOException(
          "opening what is captured on "
              + cgroup
              + ": nothing is; expected 'sluice capture on' to have run");
    }
    if (!isForThisProcess(place)) {
      throw new IOException(
          "starting the proxy: this process isn't in the cgroup that 'sluice capture on' was"
              + " given as --proxy-cgroup; expected to be started there, or its own connections"
              + " would be captured");
    }
    return open(place);
  }

  private static CaptureChannel open(PinnedFeature place) throws IOException {
    List<BpfMap> maps = new ArrayList<>();
    try {
      for (String name : MAPS) {
        maps.add(BpfMap.openPinned(place.maps().resolve(name)));
      }
      return new CaptureChannel(maps);
    } catch (IOException e) {
      closeAll(maps);
      throw e;
    }
  }

  /**
   * Takes over descriptors that {@link #descriptors()} of another process gave.
   *
   * @throws IOException if they are not these maps; all are closed then
   */
  public static CaptureChannel inherited(List<Integer> numbers) throws IOException {
    List<BpfMap> maps = new ArrayList<>();
    try {
      for (int number : numbers) {
        maps.add(BpfMap.owning(FileDescriptor.owning(number)));
      }
      List<String> names = maps.stream().map(BpfMap::name).toList();
      if (!names.equals(MAPS)) {
        throw new IOException(
            "taking over the maps " + names + ": expected " + MAPS + " in this order");
      }
      return new CaptureChannel(maps);
    } catch (IOException e) {
      closeAll(maps);
      throw e;
    }
  }

  /** To be handed over; they stay this object's. */
  public List<FileDescriptor> descriptors() {
    return maps.stream().map(BpfMap::descriptor).toList();
  }

  /**
   * Has arriving connections of a family go to {@code listener} from now on. The kernel forgets it
   * when it is closed.
   *
   * @param listener a listening socket, which stays the caller's
   */
  public void steerTo(AddressFamily family, int listener) throws SyscallException {
    IpFamily served = family == AddressFamily.INET ? IpFamily.IPV4 : IpFamily.IPV6;
    maps.get(0).put(number(placeOf(served)), number((long) listener));
  }

  /** Where in the map {@code listeners} a family has its own. */
  static int placeOf(IpFamily family) {
    return switch (family) {
      case IPV4 -> 0;
      case IPV6 -> 1;
    };
  }

  /**
   * Says that the proxy serves; to be called every {@link #SIGN_OF_LIFE}. The programs read the
   * same clock, CLOCK_MONOTONIC.
   */
  public void giveSignOfLife() throws SyscallException {
    maps.get(1).put(number(0), number(System.nanoTime()));
  }

  /** Says whom a socket stands for that is going to be connected to the application. */
  public void announce(int descriptor, ClientAddress client) throws SyscallException {
    InetSocketAddress address = client.socketAddress();
    ByteBuffer struct = ByteBuffer.allocate(CLIENT_BYTES);
    AddressBytes.put(struct, address.getAddress());
    CaptureTables.putPort(struct, address.getPort());
    maps.get(2).put(number(descriptor), struct.array());
  }

  /** Connections whose real client could not be recorded, since capture was switched on. */
  public long clientsLost() throws SyscallException {
    return CaptureState.lost(maps.get(3));
  }

  @Override
  public void close() throws IOException {
    closeAll(maps);
  }

  private static boolean isForThisProcess(PinnedFeature place) throws IOException {
    try (BpfMap settings = BpfMap.openPinned(place.maps().resolve("capture"))) {
      byte[] now = settings.lookup(number(0));
      return now != null
          && CgroupFolder.holdsThisProcess(CaptureSettings.decode(now).proxyCgroup());
    }
  }

  private static void closeAll(List<BpfMap> maps) throws SyscallException {
    for (BpfMap map : maps) {
      map.close();
    }
  }

  private static byte[] number(int value) {
    return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(value).array();
  }

  private static byte[] number(long value) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder()).putLong(value).array();
  }
}
