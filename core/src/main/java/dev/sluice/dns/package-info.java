// SPDX-License-Identifier: Apache-2.0
/**
 * A small DNS forwarder: answers the names of the services that are known and passes all else on.
 * Start at {@link dev.sluice.dns.DnsForwarder}. Each question that waits for a name server has a
 * virtual thread of its own; everything else is immutable or thread-safe.
 *
 * <p>Messages that are passed on stay bytes. To decode and encode them again would have to know
 * every type of record, since names inside of records may be abbreviated by pointers into the
 * message (<a href="https://datatracker.ietf.org/doc/html/rfc5625#section-4">RFC 5625 section
 * 4</a>: a proxy passes on what it doesn't know). So no library for that is used.
 */
@NullMarked
package dev.sluice.dns;

import org.jspecify.annotations.NullMarked;
