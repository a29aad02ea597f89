// Calls that are no single function.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker, CircuitOpenError } from '../index.mjs';
import { unique } from './kit.mjs';

test('a permit says once what became of the call', () => {
  const breaker = new Breaker(unique());
  for (const word of ['success', 'failure', 'ignore']) {
    const permit = breaker.admit();
    assert.equal(permit.isOut, true);
    assert.equal(permit[word](), true);
    assert.equal(permit.isOut, false);
    assert.equal(permit.failure(), false);
    assert.equal(permit.success(), false);
  }
  const { successes, failures, ignored } = breaker.snapshot().totals;
  assert.deepEqual([successes, failures, ignored], [1, 1, 1]);
});

test('the server says how long to wait', () => {
  const breaker = new Breaker(unique());
  assert.equal(breaker.admit().throttled(5000), true);
  assert.equal(breaker.state, 'open');
  assert.ok(breaker.retryAfterMs() <= 5010);
  assert.throws(() => breaker.admit(), CircuitOpenError);
});

test('a duration other than the time since admission', () => {
  const breaker = new Breaker(unique());
  for (let i = 0; i < 10; i++) breaker.admit().success(2000);
  const ms = breaker.latency(0.5);
  assert.ok(ms >= 2000 && ms <= 2000 * 1.125, `${ms}`);
  const slow = new Breaker(unique(), { slowRate: 0.5, minCalls: 2, slowCallMs: 1000 });
  slow.admit().success(1500);
  slow.admit().failure(1500);
  assert.equal(slow.snapshot().totals.slow, 2);
  assert.equal(slow.state, 'open');
});

test('a permit that is disposed of without a word is ignored', () => {
  const breaker = new Breaker(unique());
  breaker.admit()[Symbol.dispose]();
  const said = breaker.admit();
  said.success();
  said[Symbol.dispose]();
  const { successes, ignored } = breaker.snapshot().totals;
  assert.deepEqual([successes, ignored], [1, 1]);
});

test('permits that are out at once keep apart', () => {
  const breaker = new Breaker(unique(), { failureThreshold: 0, minCalls: 1 << 20 });
  const other = new Breaker(unique());
  const permits = Array.from({ length: 300 }, (_, i) => (i % 3 === 2 ? other : breaker).admit());
  permits.reverse().forEach((permit, i) => (i % 2 ? permit.success() : permit.failure()));
  assert.equal(breaker.snapshot().totals.successes + breaker.snapshot().totals.failures, 200);
  assert.equal(other.snapshot().totals.successes + other.snapshot().totals.failures, 100 - other.snapshot().totals.late);
});

test('a time that is none is refused, and the permit stays', async () => {
  const breaker = new Breaker(unique());
  for (const time of [10n, 'x', NaN, null]) {
    const permit = breaker.admit();
    for (const word of ['success', 'failure', 'throttled']) {
      assert.throws(() => permit[word](time), { name: 'TypeError', message: /must be a number of milliseconds/ });
    }
    assert.equal(permit.isOut, true);
    assert.equal(permit.success(), true);
  }
  const odd = new Breaker(unique(), { throttledMs: () => 10n });
  await assert.rejects(odd.call(() => Promise.reject(new Error('busy'))), /throttledMs/);
  assert.equal(odd.snapshot().totals.ignored, 1);
});
