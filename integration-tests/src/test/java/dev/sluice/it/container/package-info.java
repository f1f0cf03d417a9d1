// SPDX-License-Identifier: Apache-2.0
/** The image and the shipped manifests, in containers that runc really starts. */
@NullMarked
package dev.sluice.it.container;

import org.jspecify.annotations.NullMarked;
