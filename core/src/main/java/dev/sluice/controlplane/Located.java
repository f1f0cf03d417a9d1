// SPDX-License-Identifier: Apache-2.0
package dev.sluice.controlplane;

/** Something that was read, with where it stands, for checks across objects. */
record Located<T>(T value, Place at) {}
