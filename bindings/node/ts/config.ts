/** The configuration of a breaker, a limiter, a bulkhead. */

import { checkObject, unknownOption, wrongType } from './errors';
import { type Fields, fromCore } from './names';

/**
 * When a breaker trips, how long it stays open, and how it recovers. What is left out has its default. Times are in ms,
 * shares within 0..=1. There are three rules, and any one that is met trips.
 */
export interface Config {
  /** Failures in the window that the failure rule asks for, 0..=64; 0 = it asks for none. Default 5. */
  failureThreshold?: number;
  /** Share of the window's calls that must have failed for the failure rule; 0 = any. Default 0.5. */
  failureRate?: number;
  /** Calls in the window below which neither rate holds, 0..=2^20. Default 0. */
  minCalls?: number;
  /** The row rule: this many failures in a row, 0..=1024; 0 = off. Default 0. */
  consecutiveFailures?: number;
  /** The slow rule: share of the window's calls that were slow; 0 = off. Default 0. */
  slowRate?: number;
  /** A call is slow if it took at least this long, 0..=86400000; 0 = no call is slow. Default 0. */
  slowCallMs?: number;
  /** What the failure and the slow rule look at. Default 'time'. */
  window?: 'time' | 'calls';
  /** Length of the time window, 1..=86400000. Default 60000. */
  windowMs?: number;
  /** Ticks in the time window, 1..=64. Default 10. */
  windowBuckets?: number;
  /** Length of the window of calls, 1..=1024. Default 100. */
  windowCalls?: number;
  /** How long the first opening lasts, 1..=86400000. Default 30000. */
  openMs?: number;
  /** The k-th opening since the last close lasts openMs * openBackoff^(k-1), 1..=10. Default 1. */
  openBackoff?: number;
  /** The longest opening, 1..=86400000, never less than openMs. Default 300000. */
  openMaxMs?: number;
  /** An opening is lengthened by a random share of up to this. Default 0. */
  openJitter?: number;
  /** Probes of one half-open episode, in flight and recorded, 1..=255. Default 3. */
  halfOpenMaxCalls?: number;
  /** Cap on probes in flight at once, 0..=255; 0 = none beyond halfOpenMaxCalls. Default 0. */
  halfOpenMaxConcurrent?: number;
  /** Successes that close (strict verdict), 1..=255. Default 2. */
  successThreshold?: number;
  /** strict: the first failed probe reopens; rate: when all results are in, the rates decide. Default 'strict'. */
  halfOpenVerdict?: 'strict' | 'rate';
  /** Least time between two probe admissions, 0..=86400000. Default 0. */
  halfOpenIntervalMs?: number;
  /** After this long half-open, reopen, 0..=86400000; 0 = never. Default 0. */
  halfOpenMaxMs?: number;
  /** The time a probe may stay out before it counts as lost, 1..=4294967295. Default 60000. */
  probeLeaseMs?: number;
  /** Cap on a server's Retry-After, 0..=86400000; 0 = hints are not honoured. Default 300000. */
  retryAfterMaxMs?: number;
}

/** How many units go, and how many of them at once. What is left out has its default. */
export interface LimiterConfig {
  /** Units per period, 1..=1000000000. Default 60. */
  limit?: number;
  /** The period, 1..=86400000. Default 60000. */
  periodMs?: number;
  /** Units that may go at once after a quiet time, 1..=1000000000; a period lets pass limit + burst - 1. Default 1. */
  burst?: number;
}

/** How many calls are in flight, and how many wait. What is left out has its default. */
export interface BulkheadConfig {
  /** Calls that may be in flight, 1..=512. Default 20. */
  limit?: number;
  /** Calls that may wait for one to end, 0..=128; further ones are refused. Default 128. */
  maxWaiting?: number;
}

/**
 * The fields of `options` as JSON with the core's names; undefined if it has none. The core checks the values; only
 * types are refused here.
 */
export function toJson(fields: Fields, options: object): string | undefined {
  const json: Record<string, unknown> = {};
  for (const [field, value] of Object.entries(options)) {
    const name = fields.coreName(field);
    if (name === undefined || value === undefined) continue;
    const type = fields.typeOf(field);
    if (typeof value !== type) throw wrongType(field, value, `a ${type}`);
    json[name] = Number.isNaN(value) || Math.abs(value as number) === Infinity ? String(value) : value;
  }
  return Object.keys(json).length === 0 ? undefined : JSON.stringify(json);
}

/** Every option must be a field, or one of `others`. */
export function checkOptions(fields: Fields, options: object, others: readonly string[] = []): void {
  checkObject('options', options);
  for (const option of Object.keys(options)) {
    const isKnown = fields.coreName(option) !== undefined || others.includes(option);
    if (!isKnown) throw unknownOption(option, [...others, ...fields.names]);
  }
}

/** The core's JSON as a configuration. */
export function fromJson<C extends object>(json: string): Required<C> {
  return fromCore(json) as Required<C>;
}
