/**
 * The crossing into the addon that every call makes twice. Arguments go through shared memory: it costs a few
 * nanoseconds, where Node-API's own way costs several for each of them, and more for 64 bits.
 */

import type { End, NativeResponse, NativeVerdict } from '../native/native';
import { native } from './native';

const { admit: admitNative, record: recordNative } = native;
/** As `Scratch` in `src/slots.rs`: breaker, outcome, and the permit's two halves. */
const words = new Int32Array(native.scratch, 0, 4);
const numbers = new Float64Array(native.scratch);
const HANDLE = 0;
const OUTCOME = 1;
const LOW = 2;
const HIGH = 3;
const MS = 2;

/** What a permit is given back with; the numbers are those of `outcome` in `src/hot.rs`. */
export const SUCCESS = 0;
export const FAILURE = 1;
/** Cancelled, or the caller's own fault. */
export const IGNORED = 2;
/** A failure that asks to wait for `ms`. */
export const THROTTLED = 3;
/** A success, or a failure, that took `ms`. */
export const SUCCESS_AFTER = 4;
export const FAILURE_AFTER = 5;

/** May a call go? If so, its permit is in `permitLow` and `permitHigh`; if not, the waiting time in `waitMs`. */
export function admit(handle: number): boolean {
  words[HANDLE] = handle;
  admitNative();
  return (words[LOW]! | words[HIGH]!) !== 0;
}

/** The permit of the last `admit`, until the next one. */
export function permitLow(): number {
  return words[LOW]!;
}

export function permitHigh(): number {
  return words[HIGH]!;
}

/** How long until a call would be admitted, as of the last `admit` that said no; null if that is not to be known. */
export function waitMs(): number | null {
  const ms = numbers[MS]!;
  return Number.isNaN(ms) ? null : ms;
}

/** Gives a permit back. */
export function record(handle: number, low: number, high: number, outcome: number): void {
  words[HANDLE] = handle;
  words[OUTCOME] = outcome;
  words[LOW] = low;
  words[HIGH] = high;
  recordNative();
}

/** Gives a permit back with the verdict on a response that ended like this, after `ms` or now. */
export function recordResponse(
  handle: number,
  low: number,
  high: number,
  response: NativeResponse,
  end: End,
  ms?: number,
): NativeVerdict {
  words[HANDLE] = handle;
  words[LOW] = low;
  words[HIGH] = high;
  return response.settle(end, ms);
}

/** Gives a permit back with an outcome that asks for a time. */
export function recordMs(handle: number, low: number, high: number, outcome: number, ms: number): void {
  numbers[MS] = ms;
  record(handle, low, high, outcome);
}
