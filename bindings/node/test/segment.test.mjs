// Segments, and their events as an iteration.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { Breaker, Bulkhead, Limiter, Segment } from '../index.mjs';
import { fail, folder, unique, within } from './kit.mjs';

test('a shared segment is a file, found by name', () => {
  const segment = new Segment(unique('segment'), { capacity: 16, stripes: 1, fileMode: 0o660 });
  assert.equal(segment.path, join(folder, segment.name));
  assert.ok(existsSync(segment.path));
  assert.equal(segment.processes(), 1);
  assert.deepEqual(segment.names(), []);
  const breaker = new Breaker('relay', { segment });
  assert.deepEqual(segment.names(), ['relay']);
  assert.equal(breaker.segment, segment);
  assert.deepEqual([segment.limiters(), segment.bulkheads()], [[], []]);
  const kept = [new Limiter('account', { segment }), new Bulkhead('route', { segment })];
  assert.deepEqual([segment.limiters(), segment.bulkheads(), segment.names()], [['account'], ['route'], ['relay']], inspect(kept));
  assert.equal(inspect(segment), `Segment "${segment.name}"`);
});

test('breakers that name a segment share it, also with those that open it', () => {
  const name = unique('segment');
  const [one, two] = [new Breaker('relay', { segment: name }), new Breaker('relay', { segment: name })];
  assert.equal(one.segment, two.segment);
  const three = new Breaker('relay', { segment: new Segment(name) });
  three.trip();
  assert.deepEqual([one.state, two.state], ['open', 'open']);
});

test('private segments keep apart', () => {
  const [one, two] = [new Segment(), new Segment()];
  const [a, b, c] = [new Breaker('x', { segment: one }), new Breaker('x', { segment: two }), new Breaker('x')];
  a.trip();
  assert.deepEqual([a.state, b.state, c.state], ['open', 'closed', 'closed']);
  assert.equal(one.path, null);
  assert.equal(c.segment, Segment.ofProcess());
});

test('errors say what was wrong', () => {
  assert.throws(() => new Segment('a/b'), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
  assert.throws(() => new Segment(7), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT', message: /name is of type number/ });
  assert.throws(() => new Segment('absent', { existing: true }), { name: 'Error', code: 'HSCB_ERR_NOT_FOUND' });
  assert.throws(() => new Segment('x', { capacity: 2 ** 21 }), { name: 'RangeError', code: 'HSCB_ERR_ARGUMENT' });
  for (const capacity of [-1, 1.5, 2 ** 32, NaN]) {
    assert.throws(() => new Segment('x', { capacity }), { name: 'RangeError', message: /capacity is .* whole number/ });
  }
  assert.throws(() => new Segment('x', { capacity: '5' }), { name: 'TypeError', message: /capacity is "5"/ });
  assert.throws(() => new Segment('x', { fileMode: 0o644 }), { name: 'RangeError', message: /^fileMode is 0o644/ });
  assert.throws(() => new Segment('x', { size: 5 }), { name: 'TypeError', message: /no option "size"; allowed are capacity/ });
  assert.throws(() => new Breaker('x', { segment: 7 }), { name: 'TypeError', message: /segment is of type number/ });
  assert.throws(() => new Breaker('x', { segment: '..' }), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
});

test('a segment to look at holds no new breakers', () => {
  const name = unique('segment');
  assert.throws(() => new Segment(name, { readOnly: true }), { code: 'HSCB_ERR_NOT_FOUND' });
  new Breaker('x', { segment: name });
  const looking = new Segment(name, { readOnly: true });
  assert.deepEqual(looking.names(), ['x']);
  assert.throws(() => new Breaker('y', { segment: looking }), { code: 'HSCB_ERR_READ_ONLY' });
});

test('a segment that is full says so', () => {
  const segment = new Segment(unique('segment'), { capacity: 1, stripes: 1 });
  new Breaker('first', { segment });
  assert.throws(() => new Breaker('second', { segment }), { name: 'Error', code: 'HSCB_ERR_FULL' });
});

test('events come in order, from now on or from the oldest', async () => {
  const segment = new Segment();
  const breaker = new Breaker('relay', { segment, failureThreshold: 1 });
  breaker.trip();
  const events = segment.events();
  await fail(breaker, 0);
  breaker.reset();
  breaker.forceOpen();
  const reset = (await events.next()).value;
  const { sequence, timeMs, generation, ...plain } = reset;
  const told = { breaker: 'relay', from: 'open', to: 'closed', reason: 'operator', pid: process.pid };
  const expected = { ...told, note: '', missed: 0 };
  assert.deepEqual(plain, expected);
  assert.ok(sequence === 2 && timeMs > 0 && generation > 1);
  assert.equal((await events.next()).value.to, 'forced-open');
  const all = segment.events({ from: 0 });
  const seen = [(await all.next()).value.to, (await all.next()).value.to, (await all.next()).value.to];
  assert.deepEqual(seen, ['open', 'closed', 'forced-open']);
  await Promise.all([events.return(), all.return()]);
});

test('a reader that falls behind is told how many events it missed', async () => {
  const segment = new Segment();
  const breaker = new Breaker('relay', { segment });
  const events = segment.events();
  const first = events.next();
  for (let i = 0; i < 2000; i++) i % 2 ? breaker.reset() : breaker.trip();
  let { sequence, missed } = (await within(first, 'the first event')).value;
  let [heard, lost] = [1, missed];
  while (sequence < 2000) {
    ({ sequence, missed } = (await events.next()).value);
    [heard, lost] = [heard + 1, lost + missed];
  }
  assert.equal(heard + lost, 2000);
  assert.ok(lost > 0, 'the ring is shorter than that');
  await events.return();
});

test('an iteration ends by break, by return, by a signal, and as often as one likes', async () => {
  const segment = new Segment();
  const breaker = new Breaker('relay', { segment });
  setImmediate(() => breaker.trip());
  const broken = segment.events({ keepAlive: true });
  for await (const { to } of broken) {
    assert.equal(to, 'open');
    break;
  }
  assert.deepEqual(await broken.next(), { done: true, value: undefined });

  const returned = segment.events();
  const pending = [returned.next(), returned.next()];
  await returned.return();
  await returned.return();
  assert.deepEqual(await Promise.all(pending), Array(2).fill({ done: true, value: undefined }));

  const controller = new AbortController();
  const aborted = segment.events({ signal: controller.signal });
  const waiting = aborted.next();
  controller.abort();
  await assert.rejects(waiting, { name: 'AbortError' });
  await assert.rejects(aborted.next(), { name: 'AbortError' });
  await assert.rejects(segment.events({ signal: AbortSignal.abort() }).next(), { name: 'AbortError' });

  const disposed = segment.events();
  await disposed[Symbol.asyncDispose]();
  assert.equal((await disposed.next()).done, true);
});

test('several who wait get an event each', async () => {
  const segment = new Segment();
  const breaker = new Breaker('relay', { segment });
  const events = segment.events({ keepAlive: true });
  const waiting = [events.next(), events.next(), events.next()];
  breaker.trip();
  breaker.reset();
  breaker.observe();
  assert.deepEqual((await within(Promise.all(waiting), 'three events')).map(({ value }) => value.to), ['open', 'closed', 'observing']);
  await events.return();
});

test('options of events are checked', () => {
  const segment = new Segment();
  assert.throws(() => segment.events({ from: -1 }), { name: 'RangeError', message: /from is -1/ });
  assert.throws(() => segment.events({ from: 'now' }), { name: 'TypeError', message: /from is "now"/ });
  assert.throws(() => segment.events({ signal: 1 }), { name: 'TypeError', message: /signal .* AbortSignal/ });
  assert.throws(() => segment.events({ form: 1 }), { name: 'TypeError', message: /no option "form"; allowed are from/ });
});
