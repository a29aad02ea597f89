/** What a breaker tells, and to whom. */

import { EventEmitter } from 'node:events';
import type { Transition } from '../native/native';
import { type CircuitOpenError, throwLater } from './errors';

/**
 * The events of a breaker. `open`, `halfOpen` and `close` are made by any process that shares it; the others tell of
 * the calls that went through this very object.
 */
export interface BreakerEvents {
  open: [transition: Transition];
  halfOpen: [transition: Transition];
  close: [transition: Transition];
  reject: [error: CircuitOpenError];
  success: [result: unknown];
  failure: [error: unknown];
  fallback: [result: unknown, error: unknown];
}

/** Bits of `Emitter.heard`. */
export const TRANSITIONS = 1;
export const REJECT = 2;
export const SUCCEEDED = 4;
export const FAILED = 8;
export const FALLBACK = 16;

const BITS: { readonly [event in keyof BreakerEvents]: number } = {
  open: TRANSITIONS,
  halfOpen: TRANSITIONS,
  close: TRANSITIONS,
  reject: REJECT,
  success: SUCCEEDED,
  failure: FAILED,
  fallback: FALLBACK,
};

/** All of them. */
export const eventNames: readonly string[] = Object.keys(BITS);

/** The methods by which listeners come and go; all others go through these. */
const CHANGES = ['on', 'addListener', 'prependListener', 'off', 'removeListener', 'removeAllListeners'] as const;

/** An EventEmitter that knows at the cost of one test whether anybody listens. */
export abstract class Emitter extends EventEmitter<BreakerEvents> {
  static {
    for (const name of CHANGES) {
      const inherited = EventEmitter.prototype[name] as (...args: unknown[]) => Emitter;
      Emitter.prototype[name] = function (this: Emitter, ...args: unknown[]): never {
        const result = inherited.apply(this, args);
        this.#look();
        return result as never;
      };
    }
  }

  /**
   * Which events somebody listens to.
   * @internal
   */
  protected heard = 0;

  /**
   * Somebody began, or nobody went on, to listen to transitions.
   * @internal
   */
  protected abstract listen(toTransitions: boolean): void;

  #look(): void {
    const before = this.heard;
    this.heard = 0;
    for (const [event, bit] of Object.entries(BITS)) {
      if (this.listenerCount(event as keyof BreakerEvents) > 0) this.heard |= bit;
    }
    if ((before ^ this.heard) & TRANSITIONS) this.listen((this.heard & TRANSITIONS) !== 0);
  }

  /**
   * Tells an event. A listener that throws is its owner's defect, and not the call's: it is an uncaught exception.
   * @internal
   */
  protected tell<E extends keyof BreakerEvents>(event: E, ...args: BreakerEvents[E]): void {
    try {
      (this as EventEmitter).emit(event, ...args);
    } catch (error) {
      throwLater(error);
    }
  }
}
