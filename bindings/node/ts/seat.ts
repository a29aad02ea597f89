/** A call that a bulkhead has let in. */

import type { NativeSeat } from '../native/native';

/**
 * A seat of a bulkhead, for as long as its call is in flight: `using permit = await bulkhead.enter()`. One that is forgotten
 * keeps its seat until it is collected.
 */
export class BulkheadPermit implements Disposable {
  readonly #native: NativeSeat;

  /** @internal */
  constructor(seat: NativeSeat) {
    this.#native = seat;
  }

  /** Leaves the seat, and lets the next call in. False if it was left before, which changes nothing. */
  leave(): boolean {
    return this.#native.leave();
  }

  /** Whether the seat has yet to be left. */
  get isHeld(): boolean {
    return this.#native.isHeld;
  }

  [Symbol.dispose](): void {
    this.leave();
  }
}
