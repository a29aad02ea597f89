/** The rate limiter. */

import { inspect } from 'node:util';
import type { LimiterSnapshot, NativeLimiter } from '../native/native';
import { type LimiterConfig, checkOptions, fromJson, toJson } from './config';
import { LimitedError, ask, checkType, checkTypes, milliseconds, outOfRange, wrongType } from './errors';
import { limiterFields } from './names';
import { native } from './native';
import { Patience, type WaitOptions } from './patience';
import { Segment } from './segment';

/** What a limiter is made with: where it lives, and the fields of its configuration. */
export interface LimiterOptions extends LimiterConfig {
  /** The segment that it lives in, or the name of a shared one. Default: that of this process. */
  segment?: Segment | string;
}

/** What a server says of its limit, in headers such as `x-ratelimit-limit`, `-remaining` and `-reset`. */
export interface ServerLimits {
  /** Units per period. A lower one than configured replaces it, until the server says another. */
  limit?: number;
  /** Units that are left. Fewer than known lower our own count; more are not believed. */
  remaining?: number;
  /** How long until there are more, in ms. Heeded where none is left. */
  resetMs?: number;
}

const SAID = { limit: 'whole number', remaining: 'whole number', resetMs: 'anything' } as const;

/** How long a waiter sleeps at most before it looks whether a pause has come, ms. */
const LOOK_AGAIN_MS = 250;

/**
 * A rate limiter: `limit` units per period, of which `burst` may go at once. Those with the same name in the same segment,
 * in any thread or process, are the same limiter: an account's limit is one, however many workers there are. Units are
 * whatever is limited, requests or tokens.
 *
 * A limiter that exists keeps its configuration, whatever is given here; `configure` replaces it.
 */
export class Limiter {
  /** Its name. */
  readonly name: string;
  /** The segment that it lives in. */
  readonly segment: Segment;
  readonly #native: NativeLimiter;

  /** `name`: 1 to 127 bytes of UTF-8 without control characters; names of breakers are not in its way. */
  constructor(name: string, options: LimiterOptions = {}) {
    if (typeof name !== 'string') throw wrongType('name', name, 'a string');
    checkOptions(limiterFields, options, ['segment']);
    const config = toJson(limiterFields, options);
    this.name = name;
    this.segment = Segment.of(options.segment);
    this.#native = ask(() => new native.NativeLimiter(this.segment.native, name, config));
  }

  /**
   * Takes units if they are to be had now. More than `burst` are to be had once all before them is paid, and delay those
   * that follow.
   */
  tryAcquire(units = 1): boolean {
    checkType('units', units, 'whole number');
    return this.#native.tryAcquire(units);
  }

  /**
   * Takes units and waits until their turn comes, over all processes in the order of asking. Rejects with a `LimitedError`
   * at once where it would take too long, and when a pause that comes meanwhile makes it so; then nothing is taken.
   */
  async acquire(units = 1, options: WaitOptions = {}): Promise<void> {
    checkType('units', units, 'whole number');
    const patience = new Patience(options);
    const turn = this.#native.reserve(units, patience.ms);
    if (typeof turn === 'number') throw new LimitedError(this.name, turn);
    try {
      for (let due = turn.dueInMs(); due > 0; due = turn.dueInMs()) {
        // Both are rounded, and a turn that was given is not refused for that.
        if (due > Math.ceil(patience.leftMs) + 1) throw new LimitedError(this.name, turn.giveUp());
        await patience.wait(Math.min(due, LOOK_AGAIN_MS));
      }
      turn.go();
    } finally {
      turn.cancel();
    }
  }

  /** How long until a call of so many units would go, in ms; 0 = now. Changes nothing. */
  retryAfterMs(units = 1): number {
    checkType('units', units, 'whole number');
    return this.#native.retryAfterMs(units);
  }

  /** Gives back units that a call took and did not use. */
  giveBack(units = 1): void {
    checkType('units', units, 'whole number');
    this.#native.giveBack(units);
  }

  /** Takes units that a call used beyond those that it took; those that follow wait until they are paid. */
  charge(units = 1): void {
    checkType('units', units, 'whole number');
    this.#native.charge(units);
  }

  /** Nobody goes for so long (a 429 with Retry-After; at most a day). Of several pauses at once the longest counts. */
  pause(ms: number): void {
    this.#native.pause(duration('ms', ms));
  }

  /** Heeds what the server says. It never makes more of what is left than our own count. */
  correct(server: ServerLimits): void {
    checkTypes(server, SAID);
    const { limit, remaining, resetMs } = server;
    this.#native.correct(limit, remaining, resetMs === undefined ? undefined : duration('resetMs', resetMs));
  }

  /** Its limits, what is left of them, and totals. */
  snapshot(): LimiterSnapshot {
    return this.#native.snapshot();
  }

  /** The configuration in force. */
  get config(): Required<LimiterConfig> {
    return fromJson<LimiterConfig>(this.#native.config);
  }

  /**
   * Replaces the configuration, for every process; what is left out gets its default. What was taken counts on as so many
   * units.
   */
  configure(config: LimiterConfig): void {
    checkOptions(limiterFields, config);
    const json = toJson(limiterFields, config) ?? '{}';
    ask(() => this.#native.configure(json));
  }

  [inspect.custom](): string {
    return `Limiter ${JSON.stringify(this.name)} (${inspect(this.segment)})`;
  }
}

function duration(what: string, ms: number): number {
  if (!(milliseconds(what, ms) >= 0)) throw outOfRange(what, ms, 'at least 0');
  return ms;
}
