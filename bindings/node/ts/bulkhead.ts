/** The bulkhead. */

import { inspect } from 'node:util';
import type { BulkheadSnapshot, NativeBulkhead } from '../native/native';
import { type BulkheadConfig, checkOptions, fromJson, toJson } from './config';
import { BulkheadFullError, ask, wrongType } from './errors';
import { bulkheadFields } from './names';
import { native } from './native';
import { Patience, type WaitOptions } from './patience';
import { BulkheadPermit } from './seat';
import { Segment } from './segment';

/** What a bulkhead is made with: where it lives, and the fields of its configuration. */
export interface BulkheadOptions extends BulkheadConfig {
  /** The segment that it lives in, or the name of a shared one. Default: that of this process. */
  segment?: Segment | string;
}

/** How long a waiter sleeps between two looks for a seat, ms: doubled from the first to the last. */
const FIRST_LOOK_MS = 1;
const LAST_LOOK_MS = 20;

/**
 * A bulkhead: at most `limit` calls in flight, and `maxWaiting` that wait for one to end. Those with the same name in the
 * same segment, in any thread or process, are the same bulkhead. The seats of a process that is killed come back.
 *
 * A bulkhead that exists keeps its configuration, whatever is given here; `configure` replaces it.
 */
export class Bulkhead {
  /** Its name. */
  readonly name: string;
  /** The segment that it lives in. */
  readonly segment: Segment;
  readonly #native: NativeBulkhead;

  /** `name`: 1 to 127 bytes of UTF-8 without control characters; names of breakers are not in its way. */
  constructor(name: string, options: BulkheadOptions = {}) {
    if (typeof name !== 'string') throw wrongType('name', name, 'a string');
    checkOptions(bulkheadFields, options, ['segment']);
    const config = toJson(bulkheadFields, options);
    this.name = name;
    this.segment = Segment.of(options.segment);
    this.#native = ask(() => new native.NativeBulkhead(this.segment.native, name, config));
  }

  /** A seat if one is free; else null. */
  tryEnter(): BulkheadPermit | null {
    const seat = this.#native.tryEnter();
    return seat === null ? null : new BulkheadPermit(seat);
  }

  /**
   * A seat, when one is free. Rejects with a `BulkheadFullError` if none was in time, and at once if as many wait already
   * as may. It looks for one every 1 to 20 ms.
   */
  async enter(options: WaitOptions = {}): Promise<BulkheadPermit> {
    const patience = new Patience(options);
    const place = this.#native.lineUp();
    if (place === null) throw this.#full();
    try {
      for (let look = FIRST_LOOK_MS; ; look = Math.min(2 * look, LAST_LOOK_MS)) {
        const seat = place.enter();
        if (seat !== null) return new BulkheadPermit(seat);
        const left = patience.leftMs;
        if (left === 0) {
          place.giveUp();
          throw this.#full();
        }
        await patience.wait(Math.min(look, left));
      }
    } finally {
      place.cancel();
    }
  }

  /** Enters, calls `fn(...args)`, and leaves when what it returned is settled. */
  async run<A extends unknown[], R>(fn: (...args: A) => R, ...args: A): Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw wrongType('fn', fn, 'a function');
    const permit = await this.enter();
    try {
      return await fn(...args);
    } finally {
      permit.leave();
    }
  }

  /** Who is in, who waits, and totals. Seats of processes that are gone are taken back before. */
  snapshot(): BulkheadSnapshot {
    return this.#native.snapshot();
  }

  /** The configuration in force. */
  get config(): Required<BulkheadConfig> {
    return fromJson<BulkheadConfig>(this.#native.config);
  }

  /**
   * Replaces the configuration, for every process; what is left out gets its default. Where more calls are in flight than a
   * lowered limit allows, they end undisturbed, and none is let in meanwhile.
   */
  configure(config: BulkheadConfig): void {
    checkOptions(bulkheadFields, config);
    const json = toJson(bulkheadFields, config) ?? '{}';
    ask(() => this.#native.configure(json));
  }

  #full(): BulkheadFullError {
    const { limit, waiting } = this.snapshot();
    return new BulkheadFullError(this.name, limit, waiting);
  }

  [inspect.custom](): string {
    return `Bulkhead ${JSON.stringify(this.name)} (${inspect(this.segment)})`;
  }
}
