/** What happens in a protected call. */

import { Emitter, FAILED, FALLBACK, REJECT, SUCCEEDED } from './emitter';
import { CircuitOpenError, wrongType } from './errors';
import { FAILURE, IGNORED, SUCCESS, SUCCESS_AFTER, admit, permitHigh, permitLow, record, recordMs, waitMs } from './hot';
import type { Mode } from '../native/native';
import { Rules } from './rules';

/**
 * Makes calls under a breaker. The way of a call that succeeds is kept short: two crossings into the addon, one `then`,
 * and no object but its two closures. (An async function would cost half as much again; the call's own promise cannot
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

  /** @internal */
  protected run(rules: Rules, fn: unknown, self: unknown, args: unknown[]): Promise<unknown> {
    if (typeof fn !== 'function') return Promise.reject(wrongType('fn', fn, 'a function'));
    if (rules.signal?.aborted) return Promise.reject(rules.signal.reason);
    if (!admit(this.handle)) return this.#refuse(rules, args);
    const low = permitLow();
    const high = permitHigh();
    let result: unknown;
    try {
      result = Reflect.apply(fn, self, args);
    } catch (error) {
      return this.#fail(rules, low, high, error, args);
    }
    if (rules.signal !== undefined) return this.#untilAborted(rules, rules.signal, low, high, result, args);
    if (!isThenable(result)) return this.#succeed(rules, low, high, result);
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    return promise.then(
      (value) => this.#succeeded(rules, low, high, value),
      (error) => this.#failed(rules, low, high, error, args),
    );
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

  #succeeded(rules: Rules, low: number, high: number, value: unknown): unknown {
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

  /** What the call answers for an error: what stands in for a result, or the error. */
  #failed(rules: Rules, low: number, high: number, error: unknown, args: unknown[]): unknown {
    let judgement = Rules.IGNORED;
    try {
      judgement = rules.judge(error);
    } finally {
      this.giveBack(low, high, judgement.outcome, judgement.ms, error);
    }
    if (judgement.outcome === IGNORED) throw error;
    return this.#standIn(rules, error, args);
  }

  #standIn(rules: Rules, error: unknown, args: unknown[]): unknown {
    if (rules.fallback === undefined) throw error;
    const result = rules.standIn(error, args);
    if (this.heard & FALLBACK) this.tell('fallback', result, error);
    return result;
  }

  /** Resolves at once, for calls that are over. */
  #succeed(rules: Rules, low: number, high: number, value: unknown): Promise<unknown> {
    try {
      return Promise.resolve(this.#succeeded(rules, low, high, value));
    } catch (error) {
      return Promise.reject(error);
    }
  }

  async #fail(rules: Rules, low: number, high: number, error: unknown, args: unknown[]): Promise<unknown> {
    return this.#failed(rules, low, high, error, args);
  }

  async #refuse(rules: Rules, args: unknown[]): Promise<unknown> {
    return this.#standIn(rules, this.rejected(), args);
  }

  /** The call is over when it is, or when the signal is aborted: whichever is first has the permit and the promise. */
  #untilAborted(
    rules: Rules,
    signal: AbortSignal,
    low: number,
    high: number,
    result: unknown,
    args: unknown[],
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      let isOut = true;
      const first = (settle: () => unknown): void => {
        if (!isOut) return;
        isOut = false;
        signal.removeEventListener('abort', onAbort);
        try {
          resolve(settle());
        } catch (error) {
          reject(error);
        }
      };
      const aborted = (): never => {
        const { outcome, ms } = Rules.judgeAbort(signal.reason);
        this.giveBack(low, high, outcome, ms, signal.reason);
        throw signal.reason;
      };
      const onAbort = (): void => first(aborted);
      signal.addEventListener('abort', onAbort);
      Promise.resolve(result).then(
        (value) => first(() => this.#succeeded(rules, low, high, value)),
        (error) => first(() => this.#failed(rules, low, high, error, args)),
      );
      if (signal.aborted) onAbort();
    });
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    ((typeof value === 'object' && value !== null) || typeof value === 'function') &&
    typeof (value as { then?: unknown }).then === 'function'
  );
}
