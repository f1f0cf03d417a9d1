// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.Map;
import java.util.Stack;
import picocli.CommandLine.IParameterPreprocessor;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * For an option that may have a value: only {@code --option=value} is one. Without this, the next
 * word would be taken for it.
 */
final class AttachedValue implements IParameterPreprocessor {
  @Override
  public boolean preprocess(
      Stack<String> words, CommandSpec command, ArgSpec argument, Map<String, Object> info) {
    if (!" ".equals(info.get("separator")) || !(argument instanceof OptionSpec option)) {
      return false;
    }
    option.setValue(option.fallbackValue());
    return true;
  }
}
