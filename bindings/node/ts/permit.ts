/** The permit of a call that its user makes himself. */

import type { End, NativeResponse } from '../native/native';
import type { Breaker } from './breaker';
import { milliseconds } from './errors';
import { FAILURE, FAILURE_AFTER, IGNORED, SUCCESS, SUCCESS_AFTER, THROTTLED } from './hot';
import type { Verdict } from './verdict';

/**
 * A call that was admitted. Say once what became of it: the first word counts, later ones change nothing and return
 * false. `using permit = breaker.admit()` ignores the call if nothing was said. A permit that is forgotten costs a
 * half-open breaker one probe until its lease is over, and a closed one nothing.
 */
export class Permit implements Disposable {
  readonly #breaker: Breaker;
  readonly #low: number;
  readonly #high: number;
  #isOut = true;

  /** @internal */
  constructor(breaker: Breaker, low: number, high: number) {
    this.#breaker = breaker;
    this.#low = low;
    this.#high = high;
  }

  /** The call did what it should. `durationMs`: other than the time since it was admitted, as to the first token. */
  success(durationMs?: number): boolean {
    if (durationMs === undefined) return this.#giveBack(SUCCESS, 0);
    return this.#giveBack(SUCCESS_AFTER, milliseconds('durationMs', durationMs));
  }

  /** The service failed the call. */
  failure(durationMs?: number): boolean {
    if (durationMs === undefined) return this.#giveBack(FAILURE, 0);
    return this.#giveBack(FAILURE_AFTER, milliseconds('durationMs', durationMs));
  }

  /** No verdict on the service: cancelled, or the caller's own fault. */
  ignore(): boolean {
    return this.#giveBack(IGNORED, 0);
  }

  /** The service failed the call and said how long to wait: opens the breaker at once for that long. */
  throttled(retryAfterMs: number): boolean {
    return this.#giveBack(THROTTLED, milliseconds('retryAfterMs', retryAfterMs));
  }

  /**
   * What the response says of the service, if it ended like this and its first byte came after so many ms.
   * @internal
   */
  judge(response: NativeResponse, end: End, firstByteMs: number | undefined): Verdict | undefined {
    if (!this.#isOut) return undefined;
    this.#isOut = false;
    return this.#breaker.judge(this.#low, this.#high, response, end, firstByteMs);
  }

  /** Whether nothing was said yet. */
  get isOut(): boolean {
    return this.#isOut;
  }

  [Symbol.dispose](): void {
    this.ignore();
  }

  #giveBack(outcome: number, ms: number): boolean {
    const wasOut = this.#isOut;
    this.#isOut = false;
    if (wasOut) this.#breaker.giveBack(this.#low, this.#high, outcome, ms, undefined);
    return wasOut;
  }
}
