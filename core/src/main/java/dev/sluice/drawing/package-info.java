// SPDX-License-Identifier: Apache-2.0
/**
 * Drawings for people in SVG, and the one way in which markup is written: everything that is not
 * ours is escaped. Start at {@link dev.sluice.drawing.TraceDrawing}. Stateless.
 */
@NullMarked
package dev.sluice.drawing;

import org.jspecify.annotations.NullMarked;
