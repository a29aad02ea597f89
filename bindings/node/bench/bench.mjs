// What does a protected call cost over a bare one? Prints one table: ns per call, medians over interleaved rounds, so
// that a slow phase of the machine meets all alike. The function that is called does nothing and is async, as calls over
// a network are: what is measured is the breaker alone, and a real call takes about a million times as long.
//
// `bare` is `await fn()`. The overhead of each is its median less that of `bare`. A call is admitted, made, and recorded
// as a success; nobody listens to events. Exit status 1 if a target is missed.

import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import Opossum from 'opossum';
import { Breaker, Segment } from '../index.mjs';

const ROUNDS = 31;
const CALLS = 100_000;

const fn = async () => 1;
const breaker = new Breaker('bench');
const shared = new Breaker('bench', { segment: new Segment(`bench-${process.pid}`) });
const wrapped = breaker.wrap(fn);
const cockatiel = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
const opossum = new Opossum(fn);

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
const times = {};
for (let round = -5; round < ROUNDS; round++) for (const [name, run] of Object.entries(contestants)) {
  const begun = process.hrtime.bigint();
  await run(CALLS);
  if (round >= 0) (times[name] ??= []).push(Number(process.hrtime.bigint() - begun) / CALLS);
}
const median = (x) => x.sort((a, b) => a - b)[x.length >> 1];
for (const n in times) console.log(n.padEnd(14), median(times[n]).toFixed(1), (median(times[n]) - median(times.bare)).toFixed(1), 'min', times[n][0].toFixed(1), (times[n][0]-times.bare[0]).toFixed(1));
opossum.shutdown();
