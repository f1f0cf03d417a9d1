// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.systemd;

import dev.sluice.process.CommandException;

/** What is on a machine beside Sluice: pods, a service, and programs that dial and try. */
final class Scene {
  /** Greets, and says the same again whatever it hears. */
  private static final String APPLICATION =
      """
      import socket, threading
      def serve(c):
          c.sendall(b'hello')
          while data := c.recv(100):
              c.sendall(data)
      s = socket.create_server(('::', 8080), family=socket.AF_INET6, dualstack_ipv6=True)
      while True:
          threading.Thread(target=serve, args=(s.accept()[0],), daemon=True).start()
      """;

  private static final String APPLICATION_UNIT =
      """
      [Service]
      NetworkNamespacePath=/run/netns/%i
      DynamicUser=yes
      ExecStart=/usr/bin/python3 /usr/local/lib/application.py
      """;

  private static final String DIAL =
      """
      #!/usr/bin/python3
      import errno, socket, sys
      try:
          with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=5) as c:
              print(c.recv(100).decode() or 'closed')
      except OSError as e:
          print(errno.errorcode.get(e.errno, e))
      """;

  /** Holds connections and makes new ones until told; then what went wrong, and how many. */
  private static final String HOLD =
      """
      #!/usr/bin/python3
      import os, socket, sys
      def dial(address):
          c = socket.create_connection((address, 80), timeout=5)
          assert c.recv(100) == b'hello'
          return c
      services = ('10.96.0.1', 'fd96::1')
      held = [dial(a) for a in services]
      open('/run/held', 'w').close()
      made = 0
      while not os.path.exists('/run/enough'):
          for a in services:
              dial(a).close()
              made += 1
      for c in held:
          c.sendall(b'still')
          assert c.recv(100) == b'still'
      print('held', made > 20)
      """;

  /** Two pods, as a runtime would make them, and a server elsewhere; again after each boot. */
  static final String PODS =
      """
      sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
      for name in pod-1 pod-2 web-3; do
        number=${name#*-}
        ip netns add $name
        ip -batch - <<END
      link add name veth$number type veth peer name eth0 netns $name
      link set veth$number addrgenmode none up
      addr add fe80::1/64 dev veth$number nodad
      addr add 10.88.$number.1/24 dev veth$number
      addr add fd00:88:$number::1/64 dev veth$number nodad
      END
        ip -n $name -batch - <<END
      link set lo up
      link set eth0 addrgenmode none up
      addr add fe80::2/64 dev eth0 nodad
      addr add 10.88.$number.2/24 dev eth0
      addr add fd00:88:$number::2/64 dev eth0 nodad
      route add default via 10.88.$number.1
      route add default via fd00:88:$number::1
      END
      done
      systemctl start application@pod-1 application@web-3
      for name in pod-1 web-3; do
        until ip netns exec $name ss -Hltn 'sport = 8080' | grep -q LISTEN; do sleep 0.02; done
      done
      """;

  private static final String SERVICE =
      """
      apiVersion: v1
      kind: Service
      metadata: {name: web, namespace: shop}
      spec: {clusterIPs: [10.96.0.1, 'fd96::1'], ports: [{name: http, port: 80}]}
      """;

  private static final String BACKENDS =
      """
      ---
      apiVersion: discovery.k8s.io/v1
      kind: EndpointSlice
      metadata: {name: web-%s, namespace: shop, labels: {kubernetes.io/service-name: web}}
      addressType: %s
      ports: [{name: http, port: 8080}]
      endpoints: [{addresses: ['%s']}]
      """;

  /** What a unit may do, tried by a program that runs as it does. */
  private static final String PROBE =
      """
      import ctypes, errno, os, socket, time
      libc = ctypes.CDLL(None, use_errno=True)
      def call(name, *words):
          result = getattr(libc, name)(*words)
          return 'done' if result >= 0 else errno.errorcode[ctypes.get_errno()]
      def attempt(what):
          try:
              what()
              return 'done'
          except OSError as e:
              return errno.errorcode[e.errno]
      def write(path):
          with open(path, 'w'):
              pass
          os.remove(path)
      for folder in ('/etc', '/usr', '/var/lib', '/opt/sluice', '/sys/fs/cgroup', '/run', '/run/sluice', '/var/log/sluice'):
          print(folder, attempt(lambda: write(folder + '/written')))
      print('/home', attempt(lambda: os.listdir('/home')))
      network = os.open('/run/netns/pod-1', os.O_RDONLY)
      print('network namespace', call('setns', network, 0x40000000))
      print('user namespace', call('unshare', 0x10000000))
      print('mount namespace', call('unshare', 0x00020000))
      print('packet socket', attempt(lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW)))
      print('clock', attempt(lambda: time.clock_settime(time.CLOCK_REALTIME, time.time())))
      print('module', call('syscall', 175, 0, 0, 0) if os.uname().machine == 'x86_64' else 'EPERM')
      print('set-user-id', attempt(lambda: os.chmod('/tmp', 0o4777)))
      print('real time', attempt(lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))))
      print('personality', call('personality', 0x0040000))
      """;

  private Scene() {}

  /** Puts all of it there; the pods are made, and what serves in them serves. */
  static void prepare(Machine machine) throws CommandException {
    machine.write("/usr/local/lib/application.py", APPLICATION);
    machine.write("/usr/local/lib/probe.py", PROBE);
    machine.write("/etc/systemd/system/application@.service", APPLICATION_UNIT);
    machine.write("/etc/sluice/node.env", "SLUICE_POD=netns:pod-*\n");
    machine.write("/usr/local/bin/dial", DIAL);
    machine.write("/usr/local/bin/hold", HOLD);
    machine.write(
        "/etc/sluice/services/web.yaml",
        SERVICE
            + BACKENDS.formatted("4", "IPv4", "10.88.3.2")
            + BACKENDS.formatted("6", "IPv6", "fd00:88:3::2"));
    machine.run("chmod +x /usr/local/bin/*");
    machine.run(PODS);
  }
}
