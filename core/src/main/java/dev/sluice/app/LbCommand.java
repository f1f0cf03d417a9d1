// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import picocli.CommandLine.Command;

/** {@code sluice lb}: the socket-level load balancer. */
@Command(
    name = "lb",
    mixinStandardHelpOptions = true,
    description = {
      "Load balances services where sockets are connected, before a packet exists.",
      "What is applied lives in the kernel and goes on when the command has ended.",
      "Example: sluice lb apply -f services.yaml",
      "Example: sluice lb list --json"
    },
    subcommands = {
      LbApplyCommand.class,
      LbExemptionCommand.Skip.class,
      LbExemptionCommand.Use.class,
      LbExemptionCommand.Unskip.class,
      LbListCommand.class
    })
final class LbCommand {}
