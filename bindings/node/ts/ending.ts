/** How a call ended, by the error that ended it. */

import type { End } from '../native/native';

/**
 * What SDKs made by Stainless (OpenAI's and Anthropic's among them) call their time limit, in a request's headers: whole
 * seconds, the fraction cut off. When it is over they abort the request without saying why, as if their user had.
 */
const LIMIT_HEADER = 'x-stainless-timeout';
/** Their timer starts a moment before the call is admitted, and comes late where the event loop is busy. */
const EARLY_MS = 100;
const LATE_MS = 1000;

/** Its user aborted it for this reason, after so long: broke off, or would not wait longer. */
export function endOfAbort(reason: unknown, ageMs: number, headers: unknown): End {
  return isTimeout(reason) || isAtLimit(ageMs, headers) ? 'stalled' : 'abandoned';
}

/** Nobody that is known here aborted it. */
export function endOfError(error: unknown): End {
  if (!(error instanceof Error)) return 'cut';
  if (error.name === 'AbortError') return 'abandoned';
  return isTimeout(error) || isTimeout(error.cause) ? 'stalled' : 'cut';
}

/** `AbortSignal.timeout`'s reason, and undici's errors: `HeadersTimeoutError`, `BodyTimeoutError`, ... */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('TimeoutError');
}

function isAtLimit(ageMs: number, headers: unknown): boolean {
  const limit = Number(headerOf(headers, LIMIT_HEADER)) * 1000;
  return limit > 0 && ageMs >= limit - EARLY_MS && ageMs < limit + 1000 + LATE_MS;
}

/** A request's header, in whichever of the forms that fetch and undici take. */
function headerOf(headers: unknown, name: string): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined;
  const list = Symbol.iterator in headers ? [...(headers as Iterable<unknown>)] : Object.entries(headers);
  const pairs = list.every((item) => typeof item === 'string') ? pairUp(list) : (list as [unknown, unknown][]);
  return pairs.find(([key]) => String(key).toLowerCase() === name)?.[1];
}

function pairUp(list: string[]): [string, string | undefined][] {
  return list.flatMap((item, i) => (i % 2 === 0 ? [[item, list[i + 1]] as [string, string | undefined]] : []));
}
