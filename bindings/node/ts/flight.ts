/** A call that is out: what must be known when its promise is settled. */

import type { Rules } from './rules';

/** Who made the call, and says what its end means. */
export interface Pilot {
  /** What the call resolves to. */
  succeeded(rules: Rules, low: number, high: number, value: unknown): unknown;
  /** What stands in for its result, or the error that it throws. */
  failed(rules: Rules, low: number, high: number, error: unknown, args: readonly unknown[]): unknown;
  /** Throws the reason. */
  aborted(low: number, high: number, reason: unknown): never;
}

/**
 * It never changes, and holds nothing of which call it is: those with the same permit (admitted in the same tick of the
 * clock and the same generation), rules and arguments may share one. Making the functions that a promise needs for each
 * call would cost as much as entering the addon does.
 */
export class Flight {
  readonly succeeded: (value: unknown) => unknown;
  readonly failed: (error: unknown) => unknown;
  readonly aborted: (reason: unknown) => unknown;

  constructor(
    pilot: Pilot,
    readonly rules: Rules,
    readonly low: number,
    readonly high: number,
    args: readonly unknown[],
  ) {
    this.succeeded = (value) => pilot.succeeded(rules, low, high, value);
    this.failed = (error) => pilot.failed(rules, low, high, error, args);
    this.aborted = (reason) => pilot.aborted(low, high, reason);
  }
}
