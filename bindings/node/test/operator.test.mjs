// Looking at a breaker, and commanding it.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Breaker, Segment } from '../index.mjs';
import { fail, unique } from './kit.mjs';

test('commands lead to their modes', () => {
  const breaker = new Breaker(unique(), { openMs: 60_000 });
  assert.throws(() => breaker.halfOpen(), { name: 'Error', code: 'HSCB_ERR_MODE' });
  const commands = {
    trip: 'open',
    halfOpen: 'half-open',
    forceOpen: 'forced-open',
    disable: 'disabled',
    observe: 'observing',
    reset: 'closed',
  };
  for (const [command, mode] of Object.entries(commands)) {
    breaker[command]();
    assert.equal(breaker.state, mode);
    assert.equal(breaker.snapshot().mode, mode);
    assert.equal(breaker.wouldAdmit(), mode !== 'open' && mode !== 'forced-open');
  }
});

test('tripFor opens for so long', () => {
  const breaker = new Breaker(unique());
  breaker.tripFor(7000);
  assert.ok(breaker.retryAfterMs() > 6000 && breaker.retryAfterMs() <= 7010);
  breaker.tripFor(2000);
  assert.ok(breaker.retryAfterMs() <= 2010);
  assert.throws(() => breaker.tripFor(-1), { name: 'RangeError', code: 'HSCB_ERR_ARGUMENT' });
  for (const ms of [NaN, '5', null, undefined]) {
    assert.throws(() => breaker.tripFor(ms), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT' });
  }
});

test('commands say who and why', async () => {
  const segment = new Segment();
  const breaker = new Breaker('noted', { segment });
  breaker.trip({ note: 'user alice: a drill' });
  breaker.halfOpen({ note: 'b' });
  breaker.forceOpen({ note: 'c\nd\0e' });
  breaker.disable({ note: '' });
  breaker.observe({});
  breaker.reset({ note: undefined });
  breaker.tripFor(60_000, { note: 'f' });
  breaker.tripFor(90_000, { note: 'longer, which is no transition' });
  breaker.reset();
  const told = [];
  for await (const { to, note } of segment.events({ from: 0 })) {
    told.push([to, note]);
    if (told.length === 8) break;
  }
  assert.deepEqual(told, [
    ['open', 'user alice: a drill'],
    ['half-open', 'b'],
    ['forced-open', 'c d e'],
    ['disabled', ''],
    ['observing', ''],
    ['closed', ''],
    ['open', 'f'],
    ['closed', ''],
  ]);
  assert.throws(() => breaker.trip({ note: 7 }), { name: 'TypeError', message: /^note is/ });
  assert.throws(() => breaker.tripFor(1, { nota: 'x' }), { name: 'TypeError', message: /"nota"/ });
  assert.throws(() => breaker.reset('why'), { name: 'TypeError' });
  assert.equal(breaker.state, 'closed');
});

test('a snapshot has window, totals and times', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 3, openMs: 10_000 });
  await breaker.call(() => 1);
  await fail(breaker, 2);
  breaker.admit().ignore();
  const closed = breaker.snapshot();
  assert.deepEqual([closed.mode, closed.windowCalls, closed.windowFailures, closed.consecutiveFailures], ['closed', 3, 2, 2]);
  await fail(breaker, 1);
  await assert.rejects(breaker.call(() => 1));
  const open = breaker.snapshot();
  assert.ok(open.generation > closed.generation && open.changedAtMs > 0 && open.private === false);
  assert.ok(open.openRemainingMs > 9000 && open.openRemainingMs <= 10_010);
  assert.deepEqual(open.totals, {
    successes: 1,
    failures: 3,
    slow: 0,
    ignored: 1,
    late: 0,
    rejected: 1,
    throttled: 0,
    opened: 1,
    halfOpened: 0,
    closed: 0,
    wouldTrip: 0,
    probesLost: 0,
  });
});

test('observing counts, disabled does not', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 2 });
  breaker.observe();
  await fail(breaker, 3);
  assert.equal(breaker.snapshot().totals.wouldTrip, 1);
  breaker.disable();
  await fail(breaker, 3);
  assert.deepEqual([breaker.state, breaker.snapshot().windowCalls], ['disabled', 0]);
});

test('latencies: null where there is none', () => {
  const breaker = new Breaker(unique());
  assert.equal(breaker.latency(0.5), null);
  breaker.admit().success(100);
  for (const q of [0, 0.5, 1]) assert.ok(Math.abs(breaker.latency(q) / 100 - 1) <= 0.125, `${breaker.latency(q)}`);
  assert.equal(breaker.latency(2), null);
  assert.throws(() => breaker.latency('0.5'), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT' });
});

test('a breaker shows what it is', () => {
  const breaker = new Breaker('shown');
  breaker.trip();
  assert.equal(inspect(breaker), 'Breaker "shown" (open, Segment "private")');
});
