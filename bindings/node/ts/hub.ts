/** Tells breakers of their transitions. One for each segment, however many breakers listen. */

import type { NativeSegment, NativeWatch, Transition } from '../native/native';
import { waiting, watch } from './watch';

/** A breaker that wants to hear of its transitions. */
export interface Hearer {
  readonly name: string;
  /** @internal */
  hear(transition: Transition): void;
}

/** How many events are read at a time, and how many times before others have their turn: listeners make events, too. */
const BATCH = 64;
const BATCHES = 16;

export class Hub {
  readonly #segment: NativeSegment;
  readonly #hearers = new Map<string, Set<Hearer>>();
  /** Made for the first hearer, and kept: a thread for each `once` would be dear. */
  #watch: NativeWatch | undefined;

  constructor(segment: NativeSegment) {
    this.#segment = segment;
  }

  add(hearer: Hearer): void {
    this.#watch ??= watch(this.#segment, this);
    const namesakes = this.#hearers.get(hearer.name);
    if (namesakes === undefined) this.#hearers.set(hearer.name, new Set([hearer]));
    else namesakes.add(hearer);
    waiting.add(this);
  }

  remove(hearer: Hearer): void {
    const namesakes = this.#hearers.get(hearer.name);
    if (namesakes?.delete(hearer) && namesakes.size === 0) this.#hearers.delete(hearer.name);
    if (this.#hearers.size === 0) waiting.delete(this);
  }

  close(): void {
    this.#watch?.stop();
    this.#watch = undefined;
    this.#hearers.clear();
    waiting.delete(this);
  }

  notified(): void {
    for (let batch = 0; batch < BATCHES; batch++) {
      const transitions = this.#watch?.read(BATCH) ?? [];
      for (const transition of transitions) {
        for (const hearer of this.#hearers.get(transition.breaker) ?? []) hearer.hear(transition);
      }
      if (transitions.length < BATCH) return;
    }
    setImmediate(() => this.notified()).unref();
  }
}
