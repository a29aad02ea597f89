// What is left behind: nothing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker, Segment } from '../index.mjs';
import { until } from './kit.mjs';
import { FLAT_MIB, growth, settledMiB } from './memory.mjs';

/** Half a million leaks of a single word would be 4 MiB. */
const CALLS = 500_000;

const breaker = new Breaker('memory', { failureThreshold: 0, failureRate: 0 });
const ways = {
  'call, async': () => breaker.call(async () => 1),
  'call, sync': () => breaker.call(() => 1),
  'a failure with a fallback': breaker.wrap(() => Promise.reject(breaker), { fallback: (error, one) => one }),
  'two-step': () => breaker.admit().success(),
};
for (const [name, call] of Object.entries(ways)) {
  test(`a million calls and more leave nothing: ${name}`, async () => {
    const grown = await growth(async () => {
      for (let i = 0; i < CALLS; i++) await call(i);
    });
    assert.ok(grown < FLAT_MIB, `grew by ${grown.toFixed(1)} MiB`);
  });
}

test('a hundred thousand calls under one signal leave nothing', async () => {
  const { signal } = new AbortController();
  const grown = await growth(async () => {
    for (let i = 0; i < 100_000; i++) await breaker.callWith({ signal }, async () => 1);
  });
  assert.ok(grown < FLAT_MIB, `grew by ${grown.toFixed(1)} MiB`);
});

/** 10,000 leaked breakers would be 80 MB of cells alone. */
const BREAKERS = 10_000;
const endings = {
  closed: (breaker) => breaker.close(),
  disposed: (breaker) => breaker[Symbol.dispose](),
  'listened to and closed': (breaker) => breaker.on('open', () => {}).close(),
  forgotten: () => {},
};
for (const [ending, end] of Object.entries(endings)) {
  test(`10,000 breakers that are ${ending} leave nothing`, async () => {
    const segment = new Segment();
    const grown = await growth(async () => {
      for (let i = 0; i < BREAKERS; i++) {
        const breaker = new Breaker(`b${i}`, { segment });
        await breaker.call(() => i);
        end(breaker);
      }
      await until(async () => (await settledMiB(), segment.names().length === 0), 'the end of all breakers');
    });
    assert.ok(grown < FLAT_MIB, `grew by ${grown.toFixed(1)} MiB`);
  });
}

test('a breaker with listeners is kept, and forgotten with the last of them', async () => {
  const segment = new Segment();
  let heard = 0;
  (() => new Breaker('kept', { segment }).once('open', () => heard++))();
  await settledMiB();
  new Breaker('kept', { segment }).trip();
  await until(() => heard === 1, 'the event');
  await until(async () => (await settledMiB(), segment.names().length === 0), 'the end of the breaker');
});
