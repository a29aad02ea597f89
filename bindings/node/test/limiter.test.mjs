// The rate limiter: taking, waiting, correcting; aborts, threads, processes.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Breaker, Bulkhead, LimitedError, Limiter, Segment } from '../index.mjs';
import { finished, root, unique, within } from './kit.mjs';

/** One unit in 100 ms. */
const make = (config = {}) => new Limiter(unique('limiter'), { limit: 10, periodMs: 1000, ...config });

test('units are evenly spaced, and waiting blocks nobody', async () => {
  const limiter = make();
  assert.deepEqual([limiter.tryAcquire(), limiter.tryAcquire()], [true, false]);
  assert.ok(limiter.retryAfterMs() > 0 && limiter.retryAfterMs() <= 100);
  let ticks = 0;
  const ticker = setInterval(() => ticks++, 5);
  const begun = performance.now();
  await limiter.acquire();
  clearInterval(ticker);
  assert.ok(performance.now() - begun > 50 && ticks > 2, `${ticks} ticks`);
  const { admitted, units, refused, limit, periodMs, burst, serverLimit, share } = limiter.snapshot();
  assert.deepEqual([admitted, units, refused, limit, periodMs, burst, serverLimit, share], [2, 2, 1, 10, 1000, 1, undefined, 1]);
});

test('where it would take too long, it is told at once', async () => {
  const limiter = make();
  limiter.charge(10);
  const begun = performance.now();
  await assert.rejects(limiter.acquire(1, { timeoutMs: 500 }), (error) => {
    assert.ok(error instanceof LimitedError && error.retryAfterMs > 900 && error.retryAfterMs <= 1000, error.stack);
    assert.deepEqual([error.name, error.code, error.limiter], ['LimitedError', 'HSCB_LIMITED', limiter.name]);
    assert.match(error.message, /^the rate limit of "limiter-\d+" is reached, the next call may go in \d\.\d{3} s$/);
    return true;
  });
  assert.ok(performance.now() - begun < 400);
  await assert.rejects(limiter.acquire(1, { timeoutMs: 0 }), LimitedError);
  assert.ok(limiter.retryAfterMs() <= 1000, 'nothing was taken');
  assert.equal(limiter.snapshot().refused, 2);
});

test('hundreds wait at once, in their order', async () => {
  const limiter = make({ limit: 1000 });
  const order = [];
  const begun = performance.now();
  await Promise.all(Array.from({ length: 300 }, async (_, i) => (await limiter.acquire(), order.push(i))));
  assert.ok(performance.now() - begun >= 298);
  assert.equal(limiter.snapshot().admitted, 300);
  const early = order.filter((turn, place) => Math.abs(turn - place) > 50);
  assert.deepEqual(early, []);
});

test('aborted, it gives its units back, and throws the reason', async () => {
  const limiter = make({ limit: 1, periodMs: 10_000 });
  await limiter.acquire();
  const controller = new AbortController();
  const waiting = Array.from({ length: 5 }, () => limiter.acquire(1, { signal: controller.signal }));
  assert.ok(limiter.retryAfterMs() > 50_000);
  const reason = new Error('enough');
  controller.abort(reason);
  for (const { reason: given } of await Promise.allSettled(waiting)) assert.equal(given, reason);
  assert.ok(limiter.retryAfterMs() <= 10_000);
  assert.deepEqual([limiter.snapshot().admitted, limiter.snapshot().refused], [1, 0]);
  await assert.rejects(limiter.acquire(1, { signal: controller.signal }), reason);
  await assert.rejects(limiter.acquire(1, { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
});

test('a waiter hears of a pause', async () => {
  const limiter = make({ limit: 1, periodMs: 2000 });
  await limiter.acquire();
  const waiting = limiter.acquire(1, { timeoutMs: 30_000 });
  await sleep(20);
  limiter.pause(1_000_000);
  await within(
    assert.rejects(waiting, (error) => error instanceof LimitedError && error.retryAfterMs > 900_000),
    'the refusal',
  );
});

test('what was used is settled afterwards, and the server knows better', () => {
  const limiter = make({ limit: 600, periodMs: 60_000, burst: 600 });
  limiter.tryAcquire(400);
  limiter.giveBack(100);
  limiter.charge(200);
  assert.ok(limiter.snapshot().available >= 100 && limiter.snapshot().available <= 110);
  limiter.correct({ limit: 60, remaining: 10 });
  assert.deepEqual([limiter.snapshot().serverLimit, limiter.snapshot().available], [60, 10]);
  limiter.correct({ remaining: 50, resetMs: 5 });
  assert.equal(limiter.snapshot().available, 10, 'more is not believed');
  limiter.correct({ remaining: 0, resetMs: 30_000 });
  const { available, pausedMs, pauses } = limiter.snapshot();
  assert.ok(available === 0 && pauses === 1 && pausedMs > 29_000 && pausedMs <= 30_000);
});

test('mistakes are named, and change nothing', async () => {
  const limiter = make();
  const wrong = [
    [{ limit: 0 }, RangeError, 'HSCB_ERR_CONFIG', 'limit is 0, but must be within 1..=1000000000'],
    [{ periodMs: 0 }, RangeError, 'HSCB_ERR_CONFIG', 'periodMs is 0, but must be within 1..=86400000'],
    [{ burst: '1' }, TypeError, 'HSCB_ERR_ARGUMENT', 'burst is "1", but must be a number'],
  ];
  for (const [config, kind, code, message] of wrong) {
    for (const act of [() => make(config), () => limiter.configure(config)]) {
      assert.throws(act, (error) => (assert.deepEqual([error.constructor, error.code, error.message], [kind, code, message]), true));
    }
  }
  assert.throws(() => make({ maxWaiting: 1 }), { message: 'there is no option "maxWaiting"; allowed are segment, burst, limit, periodMs' });
  assert.throws(() => new Limiter(''), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
  assert.throws(() => new Limiter(7), { name: 'TypeError', message: /name is of type number/ });
  for (const units of [-1, 1.5, 2 ** 32, NaN]) {
    for (const method of ['tryAcquire', 'retryAfterMs', 'giveBack', 'charge']) {
      assert.throws(() => limiter[method](units), { name: 'RangeError', message: `units is ${units}, but must be a whole number within 0..=4294967295` });
    }
    await assert.rejects(limiter.acquire(units), { name: 'RangeError' });
  }
  assert.throws(() => limiter.pause('1'), { name: 'TypeError' });
  assert.throws(() => limiter.pause(-1), { name: 'RangeError', message: 'ms is -1, but must be at least 0' });
  assert.throws(() => limiter.correct({ remainng: 1 }), { name: 'TypeError', message: /^there is no option "remainng"/ });
  await assert.rejects(limiter.acquire(1, { timeoutMs: NaN }), { name: 'TypeError' });
  await assert.rejects(limiter.acquire(1, { timeoutMs: -1 }), { name: 'RangeError' });
  await assert.rejects(limiter.acquire(1, { signal: 1 }), { name: 'TypeError' });
  assert.deepEqual(limiter.config, { limit: 10, periodMs: 1000, burst: 1 });
  assert.ok(limiter.tryAcquire(), 'nothing was taken');
});

test('one name, one limiter; and a breaker and a bulkhead beside it', async () => {
  const segment = new Segment();
  const [one, other] = [new Limiter('relay', { segment, limit: 6 }), new Limiter('relay', { segment })];
  other.configure({ ...other.config, burst: 2 });
  assert.deepEqual(one.config, { limit: 6, periodMs: 60_000, burst: 2 });
  assert.deepEqual([one.tryAcquire(2), other.tryAcquire()], [true, false]);
  assert.equal(await new Breaker('relay', { segment }).call(() => 1), 1);
  assert.ok(new Bulkhead('relay', { segment }).tryEnter());
  assert.equal(inspect(one), 'Limiter "relay" (Segment "private")');
});

test('the workers of a cluster share one limit', async () => {
  const { status, output } = await finished(process.execPath, [join(root, 'test/children/limited.mjs')]);
  assert.equal(status, 0, output);
  assert.deepEqual(JSON.parse(output), { admitted: 100, units: 100, went: 100 });
});

test('threads share one limit, and those that are terminated give back what they waited for', async () => {
  const limiter = make({ limit: 1, periodMs: 10_000 });
  await limiter.acquire();
  const program = `
    const { Limiter } = require(${JSON.stringify(join(root, 'dist/index.js'))});
    const { parentPort } = require('node:worker_threads');
    void new Limiter(${JSON.stringify(limiter.name)}).acquire();
    parentPort.postMessage(1);`;
  const worker = new Worker(program, { eval: true });
  await within(new Promise((resolve) => worker.once('message', resolve)), 'the thread');
  assert.ok(limiter.retryAfterMs() > 10_000);
  await worker.terminate();
  assert.ok(limiter.retryAfterMs() <= 10_000);
});
