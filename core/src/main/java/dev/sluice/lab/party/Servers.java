// SPDX-License-Identifier: Apache-2.0
package dev.sluice.lab.party;

import dev.sluice.lab.topology.LabException;
import dev.sluice.lab.topology.Party;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The servers in one party's namespace: one Python process that speaks of every connection, and an
 * nginx that answers each request with the addresses that it saw. Thread-safe.
 */
public final class Servers implements AutoCloseable {
  /** Returns what it gets. */
  public static final int ECHO_PORT = 8080;

  /** nginx. */
  public static final int NGINX_PORT = 8081;

  /** Speaks first. */
  public static final int BANNER_PORT = 8082;

  /** Answers only after the client's end. */
  public static final int DIGEST_PORT = 8083;

  /** Ends its half first. */
  public static final int GOODBYE_PORT = 8084;

  /** Echoes at a port that the rules leave alone by default. */
  public static final int EXCLUDED_PORT = 15090;

  private static final Duration START_LIMIT = Duration.ofSeconds(10);
  private static final Duration EVENT_LIMIT = Duration.ofSeconds(3);

  private final LabProcess python;
  private final LabProcess nginx;

  private Servers(LabProcess python, LabProcess nginx) {
    this.python = python;
    this.nginx = nginx;
  }

  /** Starts both, and waits until both listen. */
  public static Servers start(Spawner spawner, Party party) throws IOException {
    Path folder = spawner.run().folder();
    Path script = Resources.unpack("server.py", folder);
    LabProcess python =
        spawner.start(
            party,
            RunAs.APPLICATION,
            List.of(
                "/usr/bin/python3",
                "-I",
                script.toString(),
                "echo:" + ECHO_PORT,
                "banner:" + BANNER_PORT,
                "digest:" + DIGEST_PORT,
                "goodbye:" + GOODBYE_PORT,
                "echo:" + EXCLUDED_PORT));
    Path configuration = folder.resolve("nginx.conf");
    Files.writeString(configuration, nginxConfiguration(folder));
    LabProcess nginx =
        spawner.start(
            party,
            RunAs.ROOT,
            List.of(
                "nginx", "-c", configuration.toString(), "-p", folder + "/", "-e", "/dev/stderr"));
    python.awaitLine("event=listening", START_LIMIT);
    Listening.await(nginx, NGINX_PORT, START_LIMIT);
    return new Servers(python, nginx);
  }

  /** How many connections the Python server has spoken of so far. */
  public int acceptCount() {
    return count("accept");
  }

  /** Connections that were accepted after the first {@code from}. */
  public List<Map<String, String>> acceptsSince(int from, int enough) {
    return since("accept", from, enough);
  }

  /** How many connections the Python server has seen the end of. */
  public int endCount() {
    return count("end");
  }

  /** Connections that ended after the first {@code from}. */
  public List<Map<String, String>> endsSince(int from, int enough) {
    return since("end", from, enough);
  }

  @Override
  public void close() throws LabException {
    python.close();
    nginx.close();
  }

  private int count(String event) {
    return (int) python.events().stream().filter(line -> event.equals(line.get("event"))).count();
  }

  private List<Map<String, String>> since(String event, int from, int enough) {
    List<Map<String, String>> found =
        python.await(line -> event.equals(line.get("event")), from + enough, EVENT_LIMIT);
    return found.subList(Math.min(from, found.size()), found.size());
  }

  private static String nginxConfiguration(Path folder) {
    return """
    daemon off;
    master_process off;
    pid %1$s/nginx.pid;
    events { worker_connections 256; }
    http {
      access_log off;
      client_body_temp_path %1$s/nginx-body;
      proxy_temp_path %1$s/nginx-proxy;
      fastcgi_temp_path %1$s/nginx-fastcgi;
      uwsgi_temp_path %1$s/nginx-uwsgi;
      scgi_temp_path %1$s/nginx-scgi;
      server {
        listen %2$d;
        listen [::]:%2$d;
        location / {
          default_type text/plain;
          return 200 "remote=$remote_addr port=$remote_port server=$server_addr\\n";
        }
      }
    }
    """
        .formatted(folder, NGINX_PORT);
  }
}
