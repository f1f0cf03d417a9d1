// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code sluice completion}. */
@Command(
    name = "completion",
    mixinStandardHelpOptions = true,
    description = {
      "Prints what makes a shell complete the commands and options of 'sluice'.",
      "Example: source <(sluice completion bash)",
      "Example: sluice completion zsh >~/.sluice-completion; source ~/.sluice-completion"
    })
final class CompletionCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}.")
  private Shell shell = Shell.BASH;

  @Spec private CommandSpec spec = CommandSpec.create();

  /** One script serves both; in zsh it needs the completion of bash switched on first. */
  private enum Shell {
    BASH(""),
    ZSH("autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n");

    private final String preparation;

    Shell(String preparation) {
      this.preparation = preparation;
    }

    @Override
    public String toString() {
      return this == BASH ? "bash" : "zsh";
    }
  }

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    out.print(shell.preparation);
    out.print(AutoComplete.bash("sluice", spec.root().commandLine()));
    out.flush();
    return 0;
  }
}
