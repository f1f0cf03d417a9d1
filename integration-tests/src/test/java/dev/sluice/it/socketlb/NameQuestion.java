// SPDX-License-Identifier: Apache-2.0
package dev.sluice.it.socketlb;

import java.util.Hashtable;
import javax.naming.Context;
import javax.naming.directory.InitialDirContext;

/**
 * Asks the name server of the command line (address, port) with the JDK's own resolver, which has
 * an IPv6 socket for IPv4 too; run as a program of its own by programs.py.
 */
final class NameQuestion {
  private NameQuestion() {}

  /** A JNDI context takes nothing but a Hashtable; the answers are ours. */
  @SuppressWarnings({"BanJNDI", "JdkObsolete"})
  public static void main(String[] words) throws Exception {
    Hashtable<String, String> environment = new Hashtable<>();
    environment.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    environment.put(Context.PROVIDER_URL, "dns://" + words[0] + ":" + words[1]);
    environment.put("com.sun.jndi.dns.timeout.initial", "1000");
    environment.put("com.sun.jndi.dns.timeout.retries", "1");
    InitialDirContext context = new InitialDirContext(environment);
    System.out.println(context.getAttributes("a.example", new String[] {"A"}).get("A"));
    context.close();
  }
}
