// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.scripts;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.it.Checkout;
import dev.sluice.it.proxy.Mesh;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The pages for operators of a cluster, without one: {@code kubectl} keeps what is applied in a
 * file, and the real one reads and changes that.
 */
@Timeout(120)
final class KubernetesPagesIT {
  private static final String KUBECTL =
      """
      ln -s '%s' scripts
      kubectl() {
        local -
        set +x
        case $1 in
          kustomize) command kubectl "$@" ;;
          apply)
            [[ $2 == -[fk] ]]
            local from=$3
            if [[ $2 == -f ]]; then
              mkdir -p one
              cat "$3" >one/applied.yaml
              echo 'resources: [applied.yaml]' >one/kustomization.yaml
              from=one
            fi
            command kubectl kustomize "$from" >applied.yaml
            cat applied.yaml ;;
          set)
            is_applied "$3"
            command kubectl set "$2" --local -f applied.yaml "${@:4}" -o yaml >changed.yaml
            mv changed.yaml applied.yaml
            cat applied.yaml ;;
          rollout)
            [[ $2 == status ]]
            is_applied "$3" ;;
          get)
            grep -q "app: ${4#app=}\\$" applied.yaml
            echo pod/one ;;
          exec)
            [[ $2 == pod/one && $3 == -- ]]
            "${@:4}" ;;
          delete)
            [[ $2 == -k ]]
            diff <(command kubectl kustomize "$3" | grep '^  name:') <(grep '^  name:' applied.yaml)
            rm applied.yaml ;;
        esac
      }
      is_applied() {
        grep -qix "kind: ${1%%/*}" applied.yaml
        grep -qx "  name: ${1#*/}" applied.yaml
      }
      """;

  /**
   * Processes and named namespaces of others aren't seen, so {@code '*'} finds one pod. A proxy
   * that is started runs in another terminal, as it were, until the next is started there. It
   * balances below the test's cgroup alone.
   */
  private static final String NODE =
      """
      mount -t tmpfs tmpfs /run/netns
      ip netns add cni-1
      ip -n cni-1 link set lo up
      mkdir /etc/sluice/services
      cp /etc/sluice/policies/policy.yaml /etc/sluice/services
      node=
      trap end_node EXIT
      sluice() {
        local -
        set +x
        if [[ $1 == node && $2 == --* ]]; then
          end_node
          [[ $* != *--lb-scope* ]] || set -- "$@" --lb-cgroup "$SLUICE_CGROUP"
          : >node.log
          command sluice "$@" >>node.log 2>&1 &
          node=$!
          until grep -q 'serving, outbound' node.log; do
            kill -0 "$node" || { cat node.log; exit 1; }
            sleep 0.05
          done
          cat node.log
        elif [[ $* == 'ctl follow' ]]; then
          timeout -k 20 2 /mnt/bin/sluice "$@" || [[ $? == 124 ]]
        else
          command sluice "$@"
        fi
      }
      end_node() {
        if [[ -n $node ]]; then
          kill -TERM "$node"
          wait "$node"
          tail -n 2 node.log
        fi
      }
      """;

  @Test
  void addsASidecarReplacesItAndTakesItAway() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = new OperatorPage("sidecar.md", kubectl()).run(mesh);
      assertThat(said)
          .containsSubsequence(
              "image: sluice:0.1.0", "- TPROXY", "image: registry.example/sluice:0.2.0");
      String last = said.substring(said.lastIndexOf("kind: Deployment"));
      assertThat(last).contains("registry.example/web:1").doesNotContain("sluice");
    }
  }

  @Test
  void servesANodeAndLeavesIt() throws Exception {
    try (Mesh mesh = Mesh.build()) {
      String said = new OperatorPage("node.md", kubectl() + NODE).run(mesh);
      assertThat(said)
          .contains("agent at /var/run/ztunnel/ztunnel.sock: ")
          .containsSubsequence(
              "pod netns:cni-1: served in net:[",
              "pod netns:cni-1: released, the proxy stops; open_at_end=0",
              "stopped ")
          .contains("load balancer: 1 sets of backends in force, scope all")
          .contains("\"pod\":\"netns:cni-1\"")
          .contains("\nsluice_connections_open 0")
          .containsSubsequence(
              "image: registry.example/sluice:0.2.0",
              "name: SLUICE_FAIL_OPEN",
              "value: \"true\"",
              "removing /sys/fs/bpf/sluice/");
    }
  }

  private static String kubectl() {
    return KUBECTL.replace("%s", Checkout.home().resolve("scripts").toString());
  }
}
