// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.net.ExemptMark;
import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code --exempt-mark}. */
final class ExemptMarkConverter implements ITypeConverter<ExemptMarkConverter.Choice> {
  static final Choice DEFAULT = new Choice(Optional.of(ExemptMark.DEFAULT));

  /**
   * What was asked for.
   *
   * @param mark empty for none
   */
  record Choice(Optional<ExemptMark> mark) {}

  @Override
  public Choice convert(String text) {
    try {
      return new Choice(ExemptMark.parse(text));
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
