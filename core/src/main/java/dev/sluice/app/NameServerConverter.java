// SPDX-License-Identifier: Apache-2.0
package dev.sluice.app;

import dev.sluice.dns.NameServerText;
import java.net.InetSocketAddress;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@code 10.96.0.10}, {@code [fd00::a]:5353}; see {@link NameServerText}. */
final class NameServerConverter implements ITypeConverter<InetSocketAddress> {
  @Override
  public InetSocketAddress convert(String text) {
    try {
      return NameServerText.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
