// Listeners, by opossum's names.

import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { test } from 'node:test';
import { Breaker, Segment } from '../index.mjs';
import { boom, fail, finished, root, unique, until, within } from './kit.mjs';

/** Keeps what is heard, in order. */
function record(breaker, ...names) {
  const heard = [];
  for (const name of names) breaker.on(name, (...args) => heard.push([name, ...args]));
  return heard;
}

test('calls tell of what became of them', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1, ignore: TypeError });
  const heard = record(breaker, 'success', 'failure', 'reject', 'fallback');
  await breaker.call(() => 'result');
  await assert.rejects(breaker.call(() => Promise.reject(new TypeError())), TypeError);
  const error = await breaker.call(boom).catch((caught) => caught);
  const rejected = await breaker.call(boom).catch((caught) => caught);
  await breaker.callWith({ fallback: 'stand-in' }, boom);
  assert.deepEqual(heard.slice(0, 3), [
    ['success', 'result'],
    ['failure', error],
    ['reject', rejected],
  ]);
  assert.deepEqual(heard.slice(3).map(([name, first]) => [name, first?.name ?? first]), [
    ['reject', 'CircuitOpenError'],
    ['fallback', 'stand-in'],
  ]);
});

test('permits tell, too', () => {
  const breaker = new Breaker(unique());
  const heard = record(breaker, 'success', 'failure', 'reject');
  breaker.admit().success();
  breaker.admit().success(5);
  breaker.admit().failure();
  breaker.admit().ignore();
  breaker.admit().throttled(1000);
  assert.throws(() => breaker.admit());
  assert.deepEqual(heard.map(([name]) => name), ['success', 'success', 'failure', 'failure', 'reject']);
});

test('transitions are heard once each, with what happened', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1, openMs: 1, successThreshold: 1 });
  const heard = record(breaker, 'open', 'halfOpen', 'close');
  await fail(breaker, 1);
  await until(() => breaker.wouldAdmit(), 'the end of the opening');
  await breaker.call(() => 1);
  await until(() => heard.length >= 3, 'the third event');
  breaker.forceOpen();
  breaker.disable();
  breaker.reset();
  await until(() => heard.length >= 5, 'the fifth event');
  assert.deepEqual(heard.map(([name, { from, to, reason }]) => [name, from, to, reason]), [
    ['open', 'closed', 'open', 'failure'],
    ['halfOpen', 'open', 'half-open', 'deadline'],
    ['close', 'half-open', 'closed', 'probes-succeeded'],
    ['open', 'closed', 'forced-open', 'operator'],
    ['close', 'disabled', 'closed', 'operator'],
  ]);
});

test('each of many breakers hears of its own, and namesakes hear the same', async () => {
  const segment = new Segment();
  const breakers = Array.from({ length: 200 }, (_, i) => new Breaker(`b${i % 100}`, { segment }));
  const heard = breakers.map((breaker) => record(breaker, 'open'));
  for (const breaker of breakers.slice(0, 100)) breaker.trip();
  await until(() => heard.every((events) => events.length > 0), 'an event for each');
  for (const [i, events] of heard.entries()) {
    assert.deepEqual(events.map(([, { breaker }]) => breaker), [`b${i % 100}`]);
  }
});

test('it is an EventEmitter: once, prepend, off, and events.once', async () => {
  const breaker = new Breaker(unique());
  assert.ok(breaker instanceof EventEmitter);
  const heard = [];
  const listener = () => heard.push('on');
  breaker.once('success', () => heard.push('once'));
  breaker.on('success', listener).prependListener('success', () => heard.push('prepended'));
  breaker.prependOnceListener('success', () => heard.push('prepended once'));
  await breaker.call(() => 1);
  breaker.off('success', listener);
  await breaker.call(() => 1);
  breaker.removeAllListeners('success');
  await breaker.call(() => 1);
  assert.deepEqual(heard, ['prepended once', 'prepended', 'once', 'on', 'prepended']);
  const opened = within(once(breaker, 'open'), 'the opening');
  breaker.trip();
  assert.equal((await opened)[0].to, 'open');
  assert.deepEqual(breaker.eventNames(), []);
});

test('who listens again hears what happens from then on', async () => {
  const breaker = new Breaker(unique());
  for (let i = 0; i < 50; i++) {
    const opened = within(once(breaker, 'open'), 'the opening');
    breaker.trip();
    await opened;
    breaker.reset();
  }
  const closed = record(breaker, 'close');
  breaker.trip();
  breaker.reset();
  await until(() => closed.length > 0, 'the closing');
  assert.equal(closed.at(-1)[1].from, 'open');
});

test('a listener that throws is an uncaught exception, and not the fault of the call', async () => {
  const program = `
    const { Breaker } = require('./dist/index.js');
    const breaker = new Breaker('x');
    breaker.on('success', () => { throw new Error('of the listener') });
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    breaker.call(() => 'result').then((result) => console.log(result, breaker.snapshot().totals.successes));`;
  const { status, output } = await finished(process.execPath, ['-e', program], { cwd: root });
  assert.deepEqual([status, output.split('\n').sort().join(' ').trim()], [0, 'result 1 uncaught of the listener']);
});

test('listeners that answer each other do not stop everything else', async () => {
  const breaker = new Breaker(unique());
  let heard = 0;
  breaker.on('open', () => (heard++, breaker.reset()));
  breaker.on('close', () => (heard++, breaker.trip()));
  breaker.trip();
  await until(() => heard > 5000, 'thousands of events while timers run');
  breaker.close();
});

test('a closed breaker is silent', async () => {
  const breaker = new Breaker(unique());
  const witness = new Breaker(breaker.name);
  const heard = record(breaker, 'open', 'success');
  breaker.close();
  const opened = within(once(witness, 'open'), 'the opening');
  witness.trip();
  await opened;
  await breaker.call(() => 1);
  assert.deepEqual(heard, []);
});
