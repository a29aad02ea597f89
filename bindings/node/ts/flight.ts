/** A call that is out: what must be known when its promise is settled. */

import { permitHigh, permitLow } from './hot';
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

/** How many that have landed are kept for calls to come. */
const HANGAR = 1024;
const NO_ARGUMENTS: readonly unknown[] = [];

/** Those that have landed, as a list. */
let idle: Flight | undefined;
let idleCount = 0;

/**
 * Flights are used again and again: making the two functions that a promise needs for each call would cost more than
 * entering the addon does. So a flight must land exactly once, which a promise of the engine itself guarantees, and no
 * other thenable does.
 */
export class Flight {
  #next: Flight | undefined;
  #pilot: Pilot | undefined;
  #rules: Rules | undefined;
  #args = NO_ARGUMENTS;
  #low = 0;
  #high = 0;

  /** With the permit of the last `admit`. */
  static begin(pilot: Pilot, rules: Rules, args: readonly unknown[]): Flight {
    const flight = idle ?? new Flight();
    if (flight === idle) {
      idle = flight.#next;
      idleCount--;
    }
    flight.#pilot = pilot;
    flight.#rules = rules;
    flight.#args = args;
    flight.#low = permitLow();
    flight.#high = permitHigh();
    return flight;
  }

  readonly succeeded = (value: unknown): unknown => {
    const pilot = this.#pilot!;
    const rules = this.#rules!;
    this.#land();
    return pilot.succeeded(rules, this.#low, this.#high, value);
  };

  readonly failed = (error: unknown): unknown => {
    const pilot = this.#pilot!;
    const rules = this.#rules!;
    const args = this.#args;
    this.#land();
    return pilot.failed(rules, this.#low, this.#high, error, args);
  };

  readonly aborted = (reason: unknown): unknown => {
    const pilot = this.#pilot!;
    this.#land();
    return pilot.aborted(this.#low, this.#high, reason);
  };

  #land(): void {
    this.#pilot = undefined;
    this.#rules = undefined;
    this.#args = NO_ARGUMENTS;
    if (idleCount === HANGAR) return;
    this.#next = idle;
    idle = this;
    idleCount++;
  }
}
