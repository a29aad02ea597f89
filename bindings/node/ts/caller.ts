/** What happens in a protected call. */

import type { End, Mode, NativeResponse } from '../native/native';
import { onAbort } from './abort';
import { Emitter, FAILED, FALLBACK, REJECT, SUCCEEDED } from './emitter';
import { CircuitOpenError, wrongType } from './errors';
import { Flight } from './flight';
import {
  FAILURE,
  IGNORED,
  SUCCESS,
  SUCCESS_AFTER,
  admit,
  permitHigh,
  permitLow,
  record,
  recordMs,
  recordResponse,
  waitMs,
} from './hot';
import { Rules } from './rules';
import type { Verdict } from './verdict';

/** Of a call whose arguments nobody will ask for. To name them would mean to make an array of them. */
const NOT_KEPT: readonly unknown[] = [];
/** As `await` listens to a promise of the engine itself, whatever `then` it may have been given. */
const { then } = Promise.prototype;

/**
 * Makes calls under a breaker. The way of a call that succeeds is kept short: two crossings into the addon, one `then`,
 * and seldom a new object beside its promise. (An async function would cost half as much again; the call's own promise cannot
 * be returned, for listening to it would hide that nobody handles its rejection.)
 */
export abstract class Caller extends Emitter {
  abstract readonly name: string;
  abstract readonly state: Mode;

  /**
   * Its number in the addon. 0 is none: calls go unprotected.
   * @internal
   */
  protected handle = 0;
  /** Of the last call whose arguments were not kept; the next one may well share it. */
  #last: Flight | undefined;

  /** @internal */
  protected run(rules: Rules, fn: unknown, self: unknown, ...args: unknown[]): Promise<unknown> {
    if (rules.fallback === undefined) return this.#run(rules, NOT_KEPT, fn, self, ...args);
    return this.#runKeeping(rules, fn, self, ...args);
  }

  #runKeeping(rules: Rules, fn: unknown, self: unknown, ...args: unknown[]): Promise<unknown> {
    return this.#run(rules, args, fn, self, ...args);
  }

  #run(rules: Rules, kept: readonly unknown[], fn: unknown, self: unknown, ...args: unknown[]): Promise<unknown> {
    if (typeof fn !== 'function') return Promise.reject(wrongType('fn', fn, 'a function'));
    if (rules.signal?.aborted) return Promise.reject(rules.signal.reason);
    if (!admit(this.handle)) return this.#refuse(rules, kept);
    const flight = this.#begin(rules, kept);
    let result: unknown;
    try {
      result = fn.call(self, ...args);
    } catch (error) {
      return rules.signal?.aborted ? settle(flight.aborted, rules.signal.reason) : settle(flight.failed, error);
    }
    if (rules.signal !== undefined) return untilAborted(flight, rules.signal, result);
    if (isPromise(result)) return then.call(result, flight.succeeded, flight.failed);
    if (isPrimitive(result)) return settle(flight.succeeded, result);
    return then.call(Promise.resolve(result), flight.succeeded, flight.failed);
  }

  /** With the permit of the last `admit`. */
  #begin(rules: Rules, kept: readonly unknown[]): Flight {
    const low = permitLow();
    const high = permitHigh();
    if (kept !== NOT_KEPT) return new Flight(this, rules, low, high, kept);
    const last = this.#last;
    if (last !== undefined && last.rules === rules && last.low === low && last.high === high) return last;
    return (this.#last = new Flight(this, rules, low, high, NOT_KEPT));
  }

  /** @internal */
  protected rejected(): CircuitOpenError {
    const error = new CircuitOpenError(this.name, this.state, waitMs());
    if (this.heard & REJECT) this.tell('reject', error);
    return error;
  }

  /**
   * Gives a permit back, and tells of it.
   * @internal
   */
  giveBack(low: number, high: number, outcome: number, ms: number, told: unknown): void {
    recordMs(this.handle, low, high, outcome, ms);
    if (outcome === SUCCESS || outcome === SUCCESS_AFTER) {
      if (this.heard & SUCCEEDED) this.tell('success', told);
    } else if (outcome !== IGNORED && this.heard & FAILED) {
      this.tell('failure', told);
    }
  }

  /**
   * Gives a permit back with the verdict on a response, and tells of it.
   * @internal
   */
  judge(low: number, high: number, response: NativeResponse, end: End, ms: number | undefined): Verdict {
    const verdict = { breaker: this.name, ...recordResponse(this.handle, low, high, response, end, ms), firstByteMs: ms };
    if (verdict.outcome === 'success') {
      if (this.heard & SUCCEEDED) this.tell('success', verdict);
    } else if (verdict.outcome === 'failure' && this.heard & FAILED) {
      this.tell('failure', verdict);
    }
    return verdict;
  }

  /** @internal */
  succeeded(rules: Rules, low: number, high: number, value: unknown): unknown {
    if (rules.failureResult !== undefined) return this.#judged(rules.failureResult, low, high, value);
    record(this.handle, low, high, SUCCESS);
    if (this.heard & SUCCEEDED) this.tell('success', value);
    return value;
  }

  #judged(isFailure: (result: unknown) => boolean, low: number, high: number, value: unknown): unknown {
    let outcome = IGNORED;
    try {
      outcome = isFailure(value) ? FAILURE : SUCCESS;
    } finally {
      this.giveBack(low, high, outcome, 0, value);
    }
    return value;
  }

  /** @internal */
  failed(rules: Rules, low: number, high: number, error: unknown, args: readonly unknown[]): unknown {
    let judgement = Rules.IGNORED;
    try {
      judgement = rules.judge(error);
    } finally {
      this.giveBack(low, high, judgement.outcome, judgement.ms, error);
    }
    if (judgement.outcome === IGNORED) throw error;
    return this.#standIn(rules, error, args);
  }

  /** @internal */
  aborted(low: number, high: number, reason: unknown): never {
    const { outcome, ms } = Rules.judgeAbort(reason);
    this.giveBack(low, high, outcome, ms, reason);
    throw reason;
  }

  async #refuse(rules: Rules, args: readonly unknown[]): Promise<unknown> {
    return this.#standIn(rules, this.rejected(), args);
  }

  #standIn(rules: Rules, error: unknown, args: readonly unknown[]): unknown {
    if (rules.fallback === undefined) throw error;
    const result = rules.standIn(error, args);
    if (this.heard & FALLBACK) this.tell('fallback', result, error);
    return result;
  }
}

/** The call is over when it is, or when the signal is aborted: whichever is first ends the flight. */
function untilAborted(flight: Flight, signal: AbortSignal, result: unknown): Promise<unknown> {
  if (signal.aborted) {
    then.call(Promise.resolve(result), undefined, () => {}); // nobody else will hear of its end
    return settle(flight.aborted, signal.reason);
  }
  return new Promise((resolve, reject) => {
    let isOut = true;
    const land = (end: (value: unknown) => unknown, value: unknown): void => {
      if (!isOut) return;
      isOut = false;
      forget();
      settle(end, value).then(resolve, reject);
    };
    const forget = onAbort(signal, () => land(flight.aborted, signal.reason));
    then.call(
      Promise.resolve(result),
      (value) => land(flight.succeeded, value),
      (error) => land(flight.failed, error),
    );
  });
}

/** What a call's end says, as a promise. */
function settle(end: (value: unknown) => unknown, value: unknown): Promise<unknown> {
  try {
    return Promise.resolve(end(value));
  } catch (error) {
    return Promise.reject(error);
  }
}

/** A promise of the engine itself: it settles once. A subclass may do as it likes. */
function isPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && value.constructor === Promise;
}

function isPrimitive(value: unknown): boolean {
  return value === null || (typeof value !== 'object' && typeof value !== 'function');
}
