// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Bytes, as Kubernetes writes them: {@code 67108864}, {@code 65536Ki}, {@code 64Mi}. */
final class SizeConverter implements ITypeConverter<Long> {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,12})(|Ki|Mi|Gi)");

  @Override
  public Long convert(String text) {
    Matcher matcher = SIZE.matcher(text);
    if (!matcher.matches()) {
      throw new TypeConversionException(
          "'" + text + "' is no size; expected bytes, such as 64Mi, 512Ki or 0");
    }
    long number = Long.parseLong(matcher.group(1));
    return switch (matcher.group(2)) {
      case "Ki" -> number << 10;
      case "Mi" -> number << 20;
      case "Gi" -> number << 30;
      default -> number;
    };
  }
}
