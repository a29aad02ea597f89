// How much memory something leaves behind.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

assert.ok(globalThis.gc, 'run with --expose-gc');

/** How often it may be done until it shows that it leaves nothing. */
const ROUNDS = 8;
/** What counts as nothing. */
export const FLAT_MIB = 2;

/** Resident memory in MiB once everything was collected; finalizers run between turns of the event loop. */
export async function settledMiB() {
  for (let i = 0; i < 6; i++) {
    globalThis.gc();
    await new Promise(setImmediate);
  }
  return Number(readFileSync('/proc/self/statm', 'utf8').split(' ')[1]) * (4096 / 2 ** 20);
}

/**
 * By how many MiB memory grows when it is done once more, at least: a leak grows every time, and the engine's own heaps,
 * which take what they like until they have enough, do not.
 */
export async function growth(work) {
  await work();
  let [before, least] = [await settledMiB(), Infinity];
  for (let round = 0; round < ROUNDS && least >= FLAT_MIB; round++) {
    await work();
    const after = await settledMiB();
    [least, before] = [Math.min(least, after - before), after];
  }
  return least;
}
