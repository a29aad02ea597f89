// Protecting a function.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Breaker, CircuitOpenError } from '../index.mjs';
import { boom, fail, finished, root, unique } from './kit.mjs';

const totals = (breaker) => breaker.snapshot().totals;

test('a call has its result, whatever its function returns', async () => {
  const breaker = new Breaker(unique());
  const thenable = { then: (resolve) => resolve('thenable') };
  class Sub extends Promise {}
  const own = Promise.resolve('with a then of its own');
  own.then = () => assert.fail('await would not call it');
  assert.equal(await breaker.call(() => 'sync'), 'sync');
  assert.equal(await breaker.call(async () => 'async'), 'async');
  assert.equal(await breaker.call(() => thenable), 'thenable');
  assert.equal(await breaker.call(() => Sub.resolve('subclass')), 'subclass');
  assert.equal(await breaker.call(() => own), 'with a then of its own');
  assert.deepEqual(await breaker.call(() => ({ an: 'object' })), { an: 'object' });
  assert.equal(await breaker.call(() => undefined), undefined);
  assert.equal(totals(breaker).successes, 7);
});

test('a call is a promise, and no exception, whatever its function does', async () => {
  const breaker = new Breaker(unique());
  const thrown = new Error('sync');
  const throwing = {
    get then() {
      throw thrown;
    },
  };
  const calls = [
    breaker.call(() => {
      throw thrown;
    }),
    breaker.call(() => throwing),
    breaker.call(() => Promise.reject(thrown)),
  ];
  for (const call of calls) {
    assert.ok(call instanceof Promise);
    await assert.rejects(call, (error) => error === thrown);
  }
  assert.deepEqual([totals(breaker).failures, totals(breaker).ignored], [3, 0]);
});

test('arguments arrive, and an error is the very one that was thrown', async () => {
  const breaker = new Breaker(unique());
  assert.deepEqual(await breaker.call((...args) => args, 1, 'two', [3]), [1, 'two', [3]]);
  const error = new RangeError('mine');
  await assert.rejects(breaker.call(async () => Promise.reject(error)), (caught) => caught === error);
});

test('what is no function is a TypeError of the caller, and no failure of the service', async () => {
  const breaker = new Breaker(unique());
  await assert.rejects(breaker.call('fetch'), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT', message: /fn is "fetch"/ });
  assert.equal(totals(breaker).failures, 0);
});

test('an open breaker does not call, and says until when', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 2, openMs: 60_000 });
  await fail(breaker, 2);
  let called = false;
  const error = await breaker.call(() => (called = true)).catch((caught) => caught);
  assert.ok(error instanceof CircuitOpenError && error instanceof Error);
  assert.equal(called, false);
  assert.deepEqual([error.name, error.code, error.breaker, error.mode], [
    'CircuitOpenError',
    'EOPENBREAKER',
    breaker.name,
    'open',
  ]);
  assert.ok(error.retryAfterMs > 50_000 && error.retryAfterMs <= 60_010, `${error.retryAfterMs}`);
  assert.ok(Number.isInteger(error.retryAfterMs));
  assert.match(error.message, /the next may go in \d+\.\d+ s$/);
  breaker.forceOpen();
  const forced = await breaker.call(() => 1).catch((caught) => caught);
  assert.deepEqual([forced.mode, forced.retryAfterMs], ['forced-open', null]);
  assert.equal(totals(breaker).rejected, 2);
});

test('an opening ends, and probes close it', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1, openMs: 50, successThreshold: 2 });
  await fail(breaker, 1);
  await sleep(breaker.retryAfterMs() + 20);
  assert.equal(await breaker.call(() => 1), 1);
  assert.equal(breaker.state, 'half-open');
  assert.equal(await breaker.call(() => 2), 2);
  assert.equal(breaker.state, 'closed');
});

test('a thousand calls at once, each with its own outcome', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 0, minCalls: 1 << 20 });
  const calls = Array.from({ length: 1000 }, (_, i) =>
    breaker.call(async (n) => {
      await sleep(n % 7);
      if (n % 3 === 0) throw n;
      return n;
    }, i),
  );
  const results = await Promise.allSettled(calls);
  for (const [i, { status, value, reason }] of results.entries()) {
    assert.deepEqual([status, value ?? reason], [i % 3 === 0 ? 'rejected' : 'fulfilled', i]);
  }
  assert.deepEqual([totals(breaker).successes, totals(breaker).failures], [666, 334]);
});

test('calls within calls, of the same breaker and of another', async () => {
  const [outer, inner] = [new Breaker(unique()), new Breaker(unique())];
  const result = await outer.call(async () => {
    const first = await inner.call(() => outer.call(() => 'in'));
    await assert.rejects(inner.call(boom));
    return first;
  });
  assert.equal(result, 'in');
  assert.deepEqual([totals(outer).successes, totals(outer).failures], [2, 0]);
  assert.deepEqual([totals(inner).successes, totals(inner).failures], [1, 1]);
});

test('a fallback stands in for rejected and failed calls, as a value or a function', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 2, fallback: (error, ...args) => [error.name, ...args] });
  assert.deepEqual(await breaker.call(boom, 1, 2), ['Error', 1, 2]);
  assert.deepEqual(await breaker.call(boom), ['Error']);
  assert.deepEqual(await breaker.call(() => 'not called', 3), ['CircuitOpenError', 3]);
  assert.equal(await breaker.callWith({ fallback: null }, boom), null);
  assert.equal(await breaker.callWith({ fallback: async () => 'later' }, boom), 'later');
  const broken = () => {
    throw new Error('of the fallback');
  };
  await assert.rejects(breaker.callWith({ fallback: broken }, boom), /of the fallback/);
  await assert.rejects(breaker.callWith({ fallback: undefined }, boom), CircuitOpenError);
});

test('ignored errors are thrown, fallback or not, and are no failures', async () => {
  class NotFound extends Error {}
  const breaker = new Breaker(unique(), {
    failureThreshold: 1,
    fallback: 'stand-in',
    ignore: [NotFound, TypeError],
    isFailure: (error) => error.status !== 404,
  });
  for (const error of [new NotFound(), new TypeError(), Object.assign(new Error(), { status: 404 })]) {
    await assert.rejects(
      breaker.call(() => Promise.reject(error)),
      (caught) => caught === error,
    );
  }
  assert.deepEqual([totals(breaker).ignored, breaker.state], [3, 'closed']);
  assert.equal(await breaker.call(boom), 'stand-in');
  assert.equal(breaker.state, 'open');
});

test('a result can be a failure, and is had all the same', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1, failureResult: (response) => response.status >= 500 });
  assert.deepEqual(await breaker.call(() => ({ status: 200 })), { status: 200 });
  assert.deepEqual(await breaker.call(async () => ({ status: 503 })), { status: 503 });
  assert.equal(breaker.state, 'open');
});

test('an error with a waiting time opens the breaker for exactly that long', async () => {
  const breaker = new Breaker(unique(), { throttledMs: (error) => error.retryAfterMs });
  const slowDown = Object.assign(new Error('429'), { retryAfterMs: 7000 });
  await assert.rejects(breaker.call(() => Promise.reject(slowDown)), /429/);
  assert.equal(breaker.state, 'open');
  const wait = breaker.retryAfterMs();
  assert.ok(wait > 6000 && wait <= 7010, `${wait}`);
  assert.equal(totals(breaker).throttled, 1);
});

test('nonsense as a waiting time is a plain failure', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 0, minCalls: 1 << 20, throttledMs: (error) => error });
  for (const ms of [NaN, -1, 0, undefined]) await assert.rejects(breaker.call(() => Promise.reject(ms)));
  assert.deepEqual([totals(breaker).failures, totals(breaker).throttled, breaker.state], [4, 0, 'closed']);
});

test('a predicate that throws gives the permit back, and its error is seen', async () => {
  const broken = () => {
    throw new Error('of the predicate');
  };
  for (const rule of ['isFailure', 'throttledMs', 'failureResult']) {
    const breaker = new Breaker(unique(), { [rule]: broken, halfOpenMaxCalls: 1, successThreshold: 1 });
    breaker.trip();
    breaker.halfOpen();
    const call = breaker.call(rule === 'failureResult' ? () => 1 : boom);
    await assert.rejects(call, /of the predicate/);
    assert.equal(breaker.snapshot().probesInFlight, 0, rule);
    assert.ok(breaker.wouldAdmit(), rule);
  }
});

test('wrap keeps this and arguments', async () => {
  const breaker = new Breaker(unique());
  const client = {
    key: 'k',
    ask: breaker.wrap(async function (question, mark) {
      return this.key + question + mark;
    }),
  };
  assert.equal(await client.ask('?', '!'), 'k?!');
  const cached = breaker.wrap(boom, { fallback: (_, id) => `cached ${id}` });
  assert.equal(await cached(7), 'cached 7');
});

test('options that do not exist or are of a wrong type are refused', () => {
  const breaker = new Breaker(unique());
  const refused = (right) => ({ name: 'TypeError', code: 'HSCB_ERR_ARGUMENT', message: right });
  assert.throws(() => breaker.callWith({ fallbck: 1 }, boom), refused(/no option "fallbck"; allowed are fallback, /));
  assert.throws(() => breaker.wrap(boom, { isFailure: 1 }), refused(/isFailure is of type number, but must be a function/));
  assert.throws(() => breaker.callWith({ signal: {} }, boom), refused(/signal .* an AbortSignal/));
  assert.throws(() => new Breaker(unique(), { ignore: 'Error' }), refused(/ignore is "Error"/));
  assert.throws(() => new Breaker(unique(), { signal: AbortSignal.abort() }), refused(/no option "signal"/));
});

test('a rejection that nobody handles is not hidden', async () => {
  const program = `
    const { Breaker } = require('./dist/index.js');
    new Breaker('x').call(async () => { throw new Error('nobody handles this') });`;
  const { status, output } = await finished(process.execPath, ['-e', program], { cwd: root });
  assert.equal(status, 1);
  assert.match(output, /nobody handles this/);
});

test('a closed breaker lets calls go unprotected', async () => {
  const breaker = new Breaker(unique(), { failureThreshold: 1 });
  breaker.trip();
  breaker.close();
  breaker.close();
  assert.equal(await breaker.call(() => 'goes'), 'goes');
  assert.equal(breaker.admit().success(), true);
  assert.equal(totals(breaker).successes, 0);
});
