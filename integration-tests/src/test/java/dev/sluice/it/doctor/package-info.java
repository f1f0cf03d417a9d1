// SPDX-License-Identifier: Apache-2.0
/**
 * Hosts, namespaces and cgroups broken on purpose: the doctor names the fault, its fix is run as it
 * is printed, and a second doctor finds nothing.
 */
@NullMarked
package dev.sluice.it.doctor;

import org.jspecify.annotations.NullMarked;
