/** What is thrown. */

import type { Mode } from '../native/native';
import { toUserNames } from './names';

/** The call was not made. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
  /** The code by which users of opossum know it. */
  readonly code = 'EOPENBREAKER';
  /** The breaker's name. */
  readonly breaker: string;
  /** Its mode. */
  readonly mode: Mode;
  /** How long until a call would be admitted, in ms; null = not to be known (forced open, or all probes are out). */
  readonly retryAfterMs: number | null;

  constructor(breaker: string, mode: Mode, retryAfterMs: number | null) {
    const when =
      retryAfterMs === null
        ? 'and it is not known for how long'
        : `the next may go in ${(retryAfterMs / 1000).toFixed(3)} s`;
    super(`the circuit breaker ${JSON.stringify(breaker)} (${mode}) rejects calls, ${when}`);
    this.breaker = breaker;
    this.mode = mode;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The call was not made: its turn would not come in time. */
export class LimitedError extends Error {
  override readonly name = 'LimitedError';
  readonly code = 'HSCB_LIMITED';
  /** The limiter's name. */
  readonly limiter: string;
  /** How long until a call of its cost would go, in ms, as things stand. */
  readonly retryAfterMs: number;

  constructor(limiter: string, retryAfterMs: number) {
    const when = `${(retryAfterMs / 1000).toFixed(3)} s`;
    super(`the rate limit of ${JSON.stringify(limiter)} is reached, the next call may go in ${when}`);
    this.limiter = limiter;
    this.retryAfterMs = retryAfterMs;
  }
}

/** The call was not made: no seat was free in time, or as many calls waited already as may. */
export class BulkheadFullError extends Error {
  override readonly name = 'BulkheadFullError';
  readonly code = 'HSCB_BULKHEAD_FULL';
  /** The bulkhead's name. */
  readonly bulkhead: string;
  /** Calls that may be in flight. */
  readonly limit: number;
  /** Calls that waited. */
  readonly waiting: number;

  constructor(bulkhead: string, limit: number, waiting: number) {
    super(`the bulkhead ${JSON.stringify(bulkhead)} is full: ${limit} calls are in flight, and ${waiting} wait`);
    this.bulkhead = bulkhead;
    this.limit = limit;
    this.waiting = waiting;
  }
}

/** What ends a body that stood still for so long. */
export function stalled(ms: number): DOMException {
  return new DOMException(`nothing came of the response's body for ${ms} ms (chunkTimeout)`, 'TimeoutError');
}

/** Makes an error that is nobody's here, such as a listener's, an uncaught exception. */
export function throwLater(error: unknown): void {
  process.nextTick(() => {
    throw error;
  });
}

/** Codes of errors that say that a value is not in its range. */
const OUT_OF_RANGE = new Set(['HSCB_ERR_CONFIG', 'HSCB_ERR_NAME', 'HSCB_ERR_ARGUMENT']);

/** Asks the addon, and turns its errors into those of JavaScript: the core's message with this package's names. */
export function ask<T>(question: () => T, toNames: (message: string) => string = toUserNames): T {
  try {
    return question();
  } catch (error) {
    const { code, message } = error as Error & { code: string };
    const Kind = OUT_OF_RANGE.has(code) ? RangeError : Error;
    throw withCode(new Kind(toNames(message)), code);
  }
}

/** An Error for what has been closed, and is used. */
export function closed(what: string): Error {
  return withCode(new Error(`${what} is closed`), 'HSCB_ERR_NULL');
}

/** An Error for a call whose thread has panicked: a defect of the library. */
export function lost(): Error {
  return withCode(new Error('the call was lost by a defect of holysheep-cb'), 'HSCB_ERR_PANIC');
}

/** A TypeError for an argument of a wrong type. */
export function wrongType(what: string, given: unknown, right: string): TypeError {
  return withCode(new TypeError(`${what} is ${show(given)}, but must be ${right}`), 'HSCB_ERR_ARGUMENT');
}

/** A time in ms: any number but NaN. */
export function milliseconds(what: string, given: unknown): number {
  if (typeof given !== 'number' || Number.isNaN(given)) throw wrongType(what, given, 'a number of milliseconds');
  return given;
}

/** A RangeError for a number that is out of its range. */
export function outOfRange(what: string, given: number, right: string): RangeError {
  return withCode(new RangeError(`${what} is ${given}, but must be ${right}`), 'HSCB_ERR_ARGUMENT');
}

/** Options are an object, whose fields are options. */
export function checkObject(what: string, given: unknown): void {
  if (typeof given !== 'object' || given === null) throw wrongType(what, given, 'an object');
}

/** What an option's value must be. */
export type OptionType = 'whole number' | 'boolean' | 'string' | 'function' | 'AbortSignal' | 'anything';

/** Every option is known, and its value of its type, or undefined. */
export function checkTypes(options: object, types: Readonly<Record<string, OptionType>>): void {
  checkObject('options', options);
  for (const [option, value] of Object.entries(options)) {
    const type = types[option];
    if (type === undefined) throw unknownOption(option, Object.keys(types));
    if (value !== undefined) checkType(option, value, type);
  }
}

/** The value is of its type. */
export function checkType(option: string, value: unknown, type: OptionType): void {
  if (type === 'anything' || (type === 'AbortSignal' && value instanceof AbortSignal) || typeof value === type) return;
  if (type !== 'whole number') throw wrongType(option, value, type === 'AbortSignal' ? `an ${type}` : `a ${type}`);
  if (typeof value !== 'number') throw wrongType(option, value, 'a number');
  const fits = Number.isInteger(value) && value >= 0 && value < 2 ** 32;
  if (!fits) throw outOfRange(option, value, 'a whole number within 0..=4294967295');
}

/** A TypeError for an option that nobody knows. */
export function unknownOption(option: string, allowed: readonly string[]): TypeError {
  const message = `there is no option ${JSON.stringify(option)}; allowed are ${allowed.join(', ')}`;
  return withCode(new TypeError(message), 'HSCB_ERR_ARGUMENT');
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : `of type ${value === null ? 'null' : typeof value}`;
}

function withCode<E extends Error>(error: E, code: string): E {
  return Object.assign(error, { code });
}
