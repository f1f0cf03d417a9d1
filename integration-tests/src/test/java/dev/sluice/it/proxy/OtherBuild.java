// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.proxy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Enumeration;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** This build under another version: the same classes, and another line in the manifest. */
final class OtherBuild {
  private OtherBuild() {}

  /** Its launcher, in a folder of the mesh. */
  static String launcher(Mesh mesh, String version) throws IOException {
    Path home = Path.of(mesh.launcher()).toRealPath().resolve("../..").normalize();
    Path other = mesh.folder();
    Path scripts = Files.createDirectory(other.resolve("scripts"));
    Files.copy(home.resolve("scripts/sluice"), scripts.resolve("sluice"));
    Files.createSymbolicLink(scripts.resolve("lib"), home.resolve("scripts/lib"));
    Path target = Files.createDirectories(other.resolve("core/target"));
    for (String folder : new String[] {"lib", "native"}) {
      Files.createSymbolicLink(target.resolve(folder), home.resolve("core/target/" + folder));
    }
    try (var jars =
        Files.newDirectoryStream(home.resolve("core/target"), "sluice-core-*[0-9].jar")) {
      repack(jars.iterator().next(), target.resolve("sluice-core-" + version + ".jar"), version);
    }
    return scripts.resolve("sluice").toString();
  }

  private static void repack(Path jar, Path to, String version) throws IOException {
    try (JarFile from = new JarFile(jar.toFile());
        OutputStream out = Files.newOutputStream(to);
        JarOutputStream repacked = new JarOutputStream(out, manifest(from, version))) {
      Enumeration<JarEntry> entries = from.entries();
      while (entries.hasMoreElements()) {
        JarEntry entry = entries.nextElement();
        if (!entry.getName().equals(JarFile.MANIFEST_NAME)) {
          repacked.putNextEntry(new JarEntry(entry.getName()));
          from.getInputStream(entry).transferTo(repacked);
          repacked.closeEntry();
        }
      }
    }
  }

  private static Manifest manifest(JarFile of, String version) throws IOException {
    Manifest manifest = new Manifest(of.getManifest());
    manifest.getMainAttributes().put(Attributes.Name.IMPLEMENTATION_VERSION, version);
    return manifest;
  }
}
