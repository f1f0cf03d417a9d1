// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.serviceip;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.lab.party.LabProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** HAProxy and nginx as distributions ship them, with plain configuration. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class UnmodifiedProxiesIT {
  private static final String HAPROXY =
      """
      global
        log stderr format raw local0 notice
      defaults
        mode http
        timeout client 5s
        timeout connect 5s
        timeout server 5s
      frontend everything
        bind 0.0.0.0:15001
        bind :::15001 v6only
        http-request return status 200 content-type text/plain lf-string "%[dst]:%[dst_port]"
      """;

  private static final String NGINX =
      """
      daemon off;
      master_process off;
      pid nginx.pid;
      error_log stderr notice;
      events {}
      http {
        access_log off;
        client_body_temp_path body;
        proxy_temp_path proxy;
        fastcgi_temp_path fastcgi;
        uwsgi_temp_path uwsgi;
        scgi_temp_path scgi;
        server {
          listen 15001;
          listen [::]:15001 ipv6only=on;
          return 200 "$server_addr:$server_port";
        }
      }
      """;

  private final MeshedPod pod = MeshedPod.build();

  UnmodifiedProxiesIT() throws Exception {}

  @BeforeEach
  void balance() throws Exception {
    pod.balance(pod.parent());
  }

  @AfterEach
  void uninstall() throws Exception {
    pod.uninstall();
  }

  @AfterAll
  void close() throws Exception {
    pod.close();
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void haproxyGetsTheServiceIp(Form form) throws Exception {
    try (LabProcess _ = haproxy()) {
      pod.giveServiceIpBack();
      assertThat(seen(form)).containsExactly(unbracketed(form));
    }
  }

  @ParameterizedTest
  @EnumSource(Form.class)
  void nginxGetsTheServiceIp(Form form) throws Exception {
    try (LabProcess _ = nginx()) {
      assertThat(seen(form)).as("without").noneMatch(unbracketed(form)::equals);
      pod.giveServiceIpBack();
      assertThat(seen(form)).containsExactly(unbracketed(form));
    }
  }

  @Test
  void haproxyGetsABackendAgainWhenTheOneHookIsDetached() throws Exception {
    try (LabProcess _ = haproxy()) {
      pod.giveServiceIpBack();
      Files.delete(pod.serviceIp().folder().resolve("links/sluice_si_getsockopt"));
      assertThat(seen(Form.IPV4))
          .isNotEmpty()
          .allSatisfy(address -> assertThat(address).endsWith(":" + Services.BACKEND_PORT));
    }
  }

  private LabProcess haproxy() throws IOException {
    Path file = Files.writeString(pod.mesh().folder().resolve("haproxy.cfg"), HAPROXY);
    return pod.startProxy("haproxy", "-db", "-f", file.toString());
  }

  private LabProcess nginx() throws IOException {
    Path folder = pod.mesh().folder();
    Path file = Files.writeString(folder.resolve("nginx.conf"), NGINX);
    return pod.startProxy("nginx", "-p", folder.toString(), "-c", file.toString(), "-e", "stderr");
  }

  /** What the proxy told clients of the first service, each once. */
  private Set<String> seen(Form form) throws IOException {
    return pod.client("http", "4", form.argument(0)).stream()
        .map(line -> line.getOrDefault("body", "nothing: " + line))
        .collect(Collectors.toSet());
  }

  /** These configurations put a colon between the two, whatever the family. */
  private static String unbracketed(Form form) {
    return form.text(0).replaceAll("[\\[\\]]", "");
  }
}
