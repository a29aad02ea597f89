/** The events of a segment, one after the other. */

import type { NativeSegment, NativeWatch, Transition } from '../native/native';
import { onAbort } from './abort';
import { checkTypes } from './errors';
import { waiting, watch } from './watch';

export interface EventsOptions {
  /** The number of the first event: 0 = the oldest that is kept. Default: the next that happens. */
  from?: number;
  /** Ends the iteration: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Whether the process stays alive for it. Default false: who waits for nothing but events has ended. */
  keepAlive?: boolean;
}

const OPTIONS = { from: 'whole number', signal: 'AbortSignal', keepAlive: 'boolean' } as const;

/** Somebody who waits for the next event. */
interface Waiter {
  resolve(result: IteratorResult<Transition, undefined>): void;
  reject(reason: unknown): void;
}

/** How many events are read at a time. The rest stays in the segment, whose ring is bounded. */
const BATCH = 64;
const END: IteratorReturnResult<undefined> = { done: true, value: undefined };
/** The longest that a timer can run, ms. */
const LONGEST = 2 ** 31 - 1;

export class EventStream implements AsyncIterableIterator<Transition, undefined, undefined> {
  readonly #watch: NativeWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #alive: NodeJS.Timeout | undefined;
  /** Not to hear of the signal any more. */
  readonly #forget: (() => void) | undefined;
  readonly #waiters: Waiter[] = [];
  #batch: Transition[] = [];
  #ended = false;

  constructor(segment: NativeSegment, options: EventsOptions) {
    checkTypes(options, OPTIONS);
    this.#watch = watch(segment, this, options.from);
    this.#signal = options.signal;
    if (options.keepAlive) this.#alive = setInterval(() => {}, LONGEST);
    if (this.#signal?.aborted) this.#end();
    else if (this.#signal !== undefined) this.#forget = onAbort(this.#signal, () => this.#end());
  }

  next(): Promise<IteratorResult<Transition, undefined>> {
    if (this.#signal?.aborted) return Promise.reject(this.#signal.reason);
    if (this.#ended) return Promise.resolve(END);
    const value = this.#waiters.length === 0 ? this.#take() : undefined;
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      waiting.add(this);
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  /** @internal */
  notified(): void {
    while (this.#waiters.length > 0) {
      const value = this.#take();
      if (value === undefined) return;
      this.#waiters.shift()!.resolve({ done: false, value });
    }
    waiting.delete(this);
  }

  #take(): Transition | undefined {
    if (this.#batch.length === 0) this.#batch = this.#watch.read(BATCH).reverse();
    return this.#batch.pop();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#watch.stop();
    clearInterval(this.#alive);
    this.#forget?.();
    waiting.delete(this);
    for (const { resolve, reject } of this.#waiters.splice(0)) {
      if (this.#signal?.aborted) reject(this.#signal.reason);
      else resolve(END);
    }
  }
}
