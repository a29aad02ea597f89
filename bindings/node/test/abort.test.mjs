// Calls that are broken off.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker } from '../index.mjs';
import { unique } from './kit.mjs';

const forever = () => new Promise(() => {});

function outcomes(breaker) {
  const { successes, failures, ignored } = breaker.snapshot().totals;
  return { successes, failures, ignored };
}

test('an abort ends the call at once, and is ignored', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1, fallback: 'not for an abort' });
  const controller = new AbortController();
  const call = breaker.callWith({ signal: controller.signal }, forever);
  controller.abort();
  await assert.rejects(call, { name: 'AbortError' });
  assert.deepEqual(outcomes(breaker), { successes: 0, failures: 0, ignored: 1 });
});

test('the AbortError of the call itself is ignored when the signal is aborted', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1 });
  const controller = new AbortController();
  const { signal } = controller;
  const call = breaker.callWith({ signal }, (ms) => sleep(ms, undefined, { signal }), 60_000);
  setImmediate(() => controller.abort(new Error('enough')));
  await assert.rejects(call, /enough/);
  assert.deepEqual(outcomes(breaker), { successes: 0, failures: 0, ignored: 1 });
});

test('a signal that is aborted already makes no call', async () => {
  const breaker = new Breaker(unique());
  let called = false;
  await assert.rejects(breaker.callWith({ signal: AbortSignal.abort() }, () => (called = true)), { name: 'AbortError' });
  assert.equal(called, false);
  assert.deepEqual(outcomes(breaker), { successes: 0, failures: 0, ignored: 0 });
});

test('an abort from within the call', async () => {
  const breaker = new Breaker(unique());
  const controller = new AbortController();
  await assert.rejects(
    breaker.callWith({ signal: controller.signal }, () => controller.abort()),
    { name: 'AbortError' },
  );
  assert.deepEqual(outcomes(breaker), { successes: 0, failures: 0, ignored: 1 });
});

test('a time-out is a failure of the service', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1 });
  const signal = AbortSignal.timeout(10);
  const call = breaker.callWith({ signal }, () => sleep(60_000, undefined, { signal }));
  await assert.rejects(call, { name: 'TimeoutError' });
  assert.equal(breaker.state, 'open');
});

test('what comes first counts, and what comes later does not', async () => {
  const breaker = new Breaker(unique());
  const controller = new AbortController();
  assert.equal(await breaker.callWith({ signal: controller.signal }, async () => 'done'), 'done');
  controller.abort();
  await assert.rejects(
    breaker.callWith({ signal: new AbortController().signal }, () => Promise.reject(new Error('first'))),
    /first/,
  );
  const late = new AbortController();
  let finish;
  const call = breaker.callWith({ signal: late.signal }, () => new Promise((resolve) => (finish = resolve)));
  late.abort();
  finish('too late');
  await assert.rejects(call, { name: 'AbortError' });
  await sleep(0);
  assert.deepEqual(outcomes(breaker), { successes: 1, failures: 1, ignored: 1 });
});

test('an aborted probe gives its permit back', async () => {
  const breaker = new Breaker(unique(), { halfOpenMaxCalls: 1, successThreshold: 1 });
  breaker.trip();
  breaker.halfOpen();
  const controller = new AbortController();
  const probe = breaker.callWith({ signal: controller.signal }, forever);
  assert.equal(breaker.wouldAdmit(), false);
  controller.abort();
  await assert.rejects(probe);
  assert.equal(await breaker.call(() => 'next probe'), 'next probe');
  assert.equal(breaker.state, 'closed');
});

test('hundreds of calls under one signal: no warning, and no listener stays', async () => {
  const { getEventListeners } = await import('node:events');
  const warnings = [];
  process.on('warning', (warning) => warnings.push(warning));
  const breaker = new Breaker(unique());
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 300 }, () => breaker.callWith({ signal }, () => sleep(2))));
  await sleep(0);
  assert.deepEqual(warnings, []);
  assert.equal(getEventListeners(signal, 'abort').length, 0);
  assert.deepEqual(outcomes(breaker), { successes: 300, failures: 0, ignored: 0 });
});

test('an abort while the call begins is ignored, and nobody is left with a rejection', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1 });
  const unheard = [];
  const note = (reason) => unheard.push(reason);
  process.on('unhandledRejection', note);
  const broken = (controller) => () => {
    controller.abort();
    controller.signal.throwIfAborted();
  };
  for (const begin of [(c) => broken(c), (c) => async () => broken(c)()]) {
    const controller = new AbortController();
    await assert.rejects(breaker.callWith({ signal: controller.signal }, begin(controller)), { name: 'AbortError' });
  }
  await new Promise(setImmediate); // unhandled rejections are told before that
  process.off('unhandledRejection', note);
  assert.deepEqual(unheard, []);
  assert.deepEqual(outcomes(breaker), { successes: 0, failures: 0, ignored: 2 });
});
