/** What the outcome of a call means, and what stands in for a call without a result. */

import { checkTypes, wrongType } from './errors';
import { FAILURE, IGNORED, THROTTLED } from './hot';

type ErrorClass = abstract new (...args: never[]) => unknown;

/** How calls are judged. */
export interface CallRules {
  /**
   * Stands in for the result of a call that was rejected or failed: a value, or a function of the error and the call's
   * arguments. Errors that are ignored are thrown nevertheless: they are the caller's own.
   */
  fallback?: unknown;
  /** Whether an error is a failure of the service; if not, it is ignored. Default: every error is. */
  isFailure?: (error: unknown) => boolean;
  /** Errors of these classes say nothing of the service and are ignored. */
  ignore?: ErrorClass | readonly ErrorClass[];
  /** Whether a result is a failure of the service. The call has its result all the same. Default: none is. */
  failureResult?: (result: unknown) => boolean;
  /**
   * The waiting time in ms that an error carries (429 or 503 with Retry-After): opens the breaker at once for that
   * long. undefined or 0 = it carries none.
   */
  throttledMs?: (error: unknown) => number | undefined;
}

/** What can be said of a single call. */
export interface CallOptions extends CallRules {
  /**
   * When it is aborted, the call is over: its promise rejects with the signal's reason, and its permit is given back as
   * ignored, or, if the reason is a TimeoutError (`AbortSignal.timeout`), as a failure. Give it to the call, too.
   */
  signal?: AbortSignal;
}

/** An outcome of `hot`, and the time that it asks for. */
export interface Judgement {
  readonly outcome: number;
  readonly ms: number;
}

const OPTIONS = {
  fallback: 'anything',
  isFailure: 'function',
  ignore: 'anything',
  failureResult: 'function',
  throttledMs: 'function',
  signal: 'AbortSignal',
} as const;

/** Those of them that a breaker may have, too. */
export const callRules: readonly string[] = Object.keys(OPTIONS).filter((option) => option !== 'signal');

/** Checked options. Every field is there, so that all of them have one shape. */
export class Rules {
  static readonly FAILED: Judgement = { outcome: FAILURE, ms: 0 };
  static readonly IGNORED: Judgement = { outcome: IGNORED, ms: 0 };

  readonly fallback: unknown;
  readonly failureResult: ((result: unknown) => boolean) | undefined;
  readonly signal: AbortSignal | undefined;
  readonly #isFailure: ((error: unknown) => boolean) | undefined;
  readonly #ignore: readonly ErrorClass[];
  readonly #throttledMs: ((error: unknown) => number | undefined) | undefined;

  constructor(options: CallOptions) {
    checkTypes(options, OPTIONS);
    this.#ignore = [options.ignore ?? []].flat() as ErrorClass[];
    if (!this.#ignore.every((kind) => typeof kind === 'function')) {
      throw wrongType('ignore', options.ignore, 'a class of errors, or an array of them');
    }
    this.fallback = options.fallback;
    this.failureResult = options.failureResult;
    this.signal = options.signal;
    this.#isFailure = options.isFailure;
    this.#throttledMs = options.throttledMs;
  }

  /** What an error says of the service. */
  judge(error: unknown): Judgement {
    if (this.#ignore.some((kind) => error instanceof kind)) return Rules.IGNORED;
    if (this.#isFailure !== undefined && !this.#isFailure(error)) return Rules.IGNORED;
    const ms = this.#throttledMs?.(error) ?? 0;
    if (typeof ms !== 'number') throw wrongType('what throttledMs returned', ms, 'a number of milliseconds');
    return ms > 0 ? { outcome: THROTTLED, ms } : Rules.FAILED;
  }

  /** What an abort says of the service: only that of a timeout says something. */
  static judgeAbort(reason: unknown): Judgement {
    return reason instanceof Error && reason.name === 'TimeoutError' ? Rules.FAILED : Rules.IGNORED;
  }

  /** What stands in for the result of a call. */
  standIn(error: unknown, args: readonly unknown[]): unknown {
    const fallback = this.fallback;
    return typeof fallback === 'function' ? fallback(error, ...args) : fallback;
  }
}
