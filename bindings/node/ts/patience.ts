/** Waiting that has an end, and may be aborted. */

import { onAbort } from './abort';
import { checkTypes, milliseconds, outOfRange } from './errors';

/** How long a call waits. */
export interface WaitOptions {
  /** At most so long, in ms; left out = as long as it takes, up to a day. */
  timeoutMs?: number;
  /** Ends the wait when it is aborted: the promise rejects with its reason, and nothing is held. */
  signal?: AbortSignal;
}

const OPTIONS = { timeoutMs: 'anything', signal: 'AbortSignal' } as const;
const LONGEST_MS = 86_400_000;

export class Patience {
  /** All of it, in ms. */
  readonly ms: number;
  readonly #until: number;
  readonly #signal: AbortSignal | undefined;

  constructor(options: WaitOptions) {
    checkTypes(options, OPTIONS);
    const { timeoutMs = LONGEST_MS, signal } = options;
    if (!(milliseconds('timeoutMs', timeoutMs) >= 0)) throw outOfRange('timeoutMs', timeoutMs, 'at least 0');
    signal?.throwIfAborted();
    this.ms = Math.min(timeoutMs, LONGEST_MS);
    this.#until = performance.now() + this.ms;
    this.#signal = signal;
  }

  /** What is left of it, in ms. */
  get leftMs(): number {
    return Math.max(0, this.#until - performance.now());
  }

  /** Waits for so long, without the event loop's thread; throws the signal's reason when that is aborted. */
  async wait(ms: number): Promise<void> {
    const signal = this.#signal;
    await new Promise<void>((resolve) => {
      let forget: (() => void) | undefined;
      const timer = setTimeout(() => {
        forget?.();
        resolve();
      }, ms);
      if (signal === undefined) return;
      forget = onAbort(signal, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    signal?.throwIfAborted();
  }
}
