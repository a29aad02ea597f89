/** Listening to a segment without keeping anything alive that nobody waits for. */

import type { NativeSegment, NativeWatch } from '../native/native';

/** Somebody who is told that there are events to be read. */
export interface Listener {
  notified(): void;
}

/** Those who have something to do when an event comes: they are kept, though nobody else may know them. */
export const waiting = new Set<Listener>();

/**
 * Watches a segment's events from number `from` on (left out: the next that happens). The addon's thread knows the
 * listener weakly: one that is not in `waiting` may be collected, and with it the watch.
 */
export function watch(segment: NativeSegment, listener: Listener, from?: number): NativeWatch {
  const weak = new WeakRef(listener);
  return segment.watch(() => weak.deref()?.notified(), from);
}
