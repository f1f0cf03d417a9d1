// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.socketlb.ServiceIp;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code sluice service-ip}: the service IP given back. */
@Command(
    name = "service-ip",
    mixinStandardHelpOptions = true,
    description = {
      "Gives proxies behind REDIRECT the address back that their clients dialled, although a load"
          + " balancer on the socket has rewritten it. Any load balancer, any proxy.",
      "What is switched on lives in the kernel and goes on when the command has ended.",
      "Example: sluice service-ip on --cgroup /sys/fs/cgroup/kubepods/pod1"
    },
    subcommands = {ServiceIpCommand.On.class, ServiceIpCommand.Off.class})
final class ServiceIpCommand {

  /** What both have in common. */
  abstract static class Switch implements Callable<Integer> {
    @Mixin KernelPlaces places = new KernelPlaces();

    @Option(
        names = "--cgroup",
        paramLabel = "PATH",
        required = true,
        description = "A pod's: its clients and its proxy are in it or below.")
    private Path cgroup = Path.of("");

    /** Says what was done, in a few words. */
    abstract String change(Path folder) throws IOException;

    @Override
    public Integer call() {
      try {
        System.err.println("sluice service-ip: " + change(cgroup));
        return 0;
      } catch (IOException e) {
        System.err.println("sluice service-ip: " + e.getMessage());
        return 1;
      }
    }
  }

  /** {@code sluice service-ip on}. */
  @Command(
      name = "on",
      mixinStandardHelpOptions = true,
      description = {
        "Record what is dialled in a cgroup, and answer proxies that ask for it.",
        "A proxy's listeners have to be made inside the cgroup: one that was moved in with its"
            + " listeners open isn't answered.",
        "Example: sluice service-ip on --cgroup /sys/fs/cgroup/kubepods/pod1"
      })
  static final class On extends Switch {
    @Override
    String change(Path folder) throws IOException {
      Optional<String> lacking = Privileges.lackingForServiceIp();
      if (lacking.isPresent()) {
        throw new IOException(lacking.get());
      }
      ServiceIp.on(places.bpfFileSystem(), folder);
      return "on for " + folder + "; listeners that are open already aren't covered";
    }
  }

  /** {@code sluice service-ip off}. */
  @Command(
      name = "off",
      mixinStandardHelpOptions = true,
      description = {
        "Detach and remove it: proxies get the kernel's own answers again.",
        "Example: sluice service-ip off --cgroup /sys/fs/cgroup/kubepods/pod1"
      })
  static final class Off extends Switch {
    @Override
    String change(Path folder) throws IOException {
      Optional<Path> bpfFileSystem = places.mountedBpfFileSystem();
      boolean was = bpfFileSystem.isPresent() && ServiceIp.off(bpfFileSystem.get(), folder);
      return (was ? "off for " : "was not on for ") + folder;
    }
  }
}
