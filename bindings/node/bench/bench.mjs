// What does a protected call cost over a bare one? One table, ns per call.
//
// The function that is called is async and does nothing, so what is measured is the breaker alone; a real call takes
// about a million times as long. Every contestant admits the call, makes it, and records a success; nobody listens to
// events. Rounds are interleaved, so that a slow phase of the machine meets all alike; figures are medians over the
// rounds, and an overhead is the median of the differences to `bare` within a round. Run it on an idle machine: a CPU
// that is shared makes every figure larger, and differences most of all.
//
// Calls within one tick of the clock (some ms) share what must be known when they end; `call, fallback` shares nothing,
// and so shows what a call costs that comes alone. `two-step` has no promise of its own: what it lacks against `call` is
// what the promise and its two turns cost. The loop around each is the same `await`, and costs the bare call that is
// subtracted.
//
// Exit status 1 if a target is missed.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';

const WARM_UP = 5;
const ROUNDS = 31;
const CALLS = 50_000;

const folder = mkdtempSync(join(tmpdir(), 'holysheep-cb-bench-'));
process.env.HOLYSHEEP_CB_DIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const { Breaker } = await import('../index.mjs');

const fn = async () => 1;
const breaker = new Breaker('bench');
const shared = new Breaker('bench', { segment: 'bench' });
const careful = new Breaker('careful', { fallback: 0 });
const wrapped = breaker.wrap(fn);
const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
const opossum = new Opossum(fn);

/** Each is a loop of its own, so that none is compiled for the sake of another. */
const contestants = {
  bare: async (n) => {
    for (let i = 0; i < n; i++) await fn();
  },
  call: async (n) => {
    for (let i = 0; i < n; i++) await breaker.call(fn);
  },
  'call, shared': async (n) => {
    for (let i = 0; i < n; i++) await shared.call(fn);
  },
  'call, fallback': async (n) => {
    for (let i = 0; i < n; i++) await careful.call(fn);
  },
  wrap: async (n) => {
    for (let i = 0; i < n; i++) await wrapped();
  },
  'two-step': async (n) => {
    for (let i = 0; i < n; i++) {
      const permit = breaker.admit();
      await fn();
      permit.success();
    }
  },
  cockatiel: async (n) => {
    for (let i = 0; i < n; i++) await cockatiel.execute(fn);
  },
  opossum: async (n) => {
    for (let i = 0; i < n; i++) await opossum.fire();
  },
};

async function nsPerCall(run) {
  const begun = process.hrtime.bigint();
  await run(CALLS);
  return Number(process.hrtime.bigint() - begun) / CALLS;
}

function median(numbers) {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1];
}

const rounds = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
for (let round = -WARM_UP; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(contestants)) {
    const ns = await nsPerCall(run);
    if (round >= 0) rounds[name].push(ns);
  }
}
opossum.shutdown();

const over = (name) => median(rounds[name].map((ns, round) => ns - rounds.bare[round]));
const call = over('call');
console.log(`Node ${process.versions.node}, ${ROUNDS} rounds of ${CALLS} calls\n`);
console.log('                  ns per call   over bare   of `call`');
for (const name of Object.keys(contestants)) {
  const columns = [median(rounds[name]), ...(name === 'bare' ? [] : [over(name)])].map((ns) => ns.toFixed(1).padStart(12));
  const ratio = name === 'bare' ? '' : `${(over(name) / call).toFixed(2)} x`.padStart(12);
  console.log(`${name.padEnd(17)}${columns.join('')}${ratio}`);
}

const targets = [
  ['call over bare, at most 60 ns', call, call <= 60],
  ['cockatiel / call, above 1', over('cockatiel') / call, over('cockatiel') > call],
  ['opossum / call, at least 5', over('opossum') / call, over('opossum') >= 5 * call],
];
console.log();
for (const [name, figure, reached] of targets) {
  console.log(`${name.padEnd(32)}${figure.toFixed(2).padStart(8)}   ${reached ? 'reached' : 'MISSED'}`);
}
process.exitCode = targets.every(([, , reached]) => reached) ? 0 : 1;
