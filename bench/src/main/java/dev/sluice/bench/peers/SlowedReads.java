// SPDX-License-Identifier: Apache-2.0
package dev.sluice.bench.peers;

import dev.sluice.linux.socket.Sockets;
import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeTransform;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.locks.LockSupport;

/**
 * The product with 50 us of waiting before each read(2): a bench that doesn't find it slower finds
 * nothing. The wait is put into a copy of one compiled class, which the JVM of that proxy alone is
 * told to use; the product has no hook for it.
 */
final class SlowedReads {
  /** Stands for the folder of the copy. */
  static final String FOLDER = "@FOLDER@";

  /** What the JVM has to be told. */
  static final String JAVA_OPTION = "--patch-module=dev.sluice.linux=" + FOLDER;

  private static final long NANOS = 50_000;
  private static final String METHOD = "read";

  private SlowedReads() {}

  /** Writes the copy. */
  static Path write(Path folder) throws IOException {
    String name = Sockets.class.getName().replace('.', '/') + ".class";
    byte[] original;
    try (InputStream stream = Sockets.class.getResourceAsStream("/" + name)) {
      if (stream == null) {
        throw new IOException("the class " + name + " is missing from the jar");
      }
      original = stream.readAllBytes();
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, slowed(original));
    return folder;
  }

  /** Pure. */
  static byte[] slowed(byte[] original) {
    ClassFile files = ClassFile.of();
    return files.transformClass(
        files.parse(original),
        ClassTransform.transformingMethodBodies(
            method -> method.methodName().equalsString(METHOD), new WaitFirst()));
  }

  private static final class WaitFirst implements CodeTransform {
    @Override
    public void atStart(CodeBuilder builder) {
      builder
          .loadConstant(NANOS)
          .invokestatic(
              ClassDesc.of(LockSupport.class.getName()),
              "parkNanos",
              MethodTypeDesc.of(ConstantDescs.CD_void, ConstantDescs.CD_long));
    }

    @Override
    public void accept(CodeBuilder builder, CodeElement element) {
      builder.with(element);
    }
  }
}
