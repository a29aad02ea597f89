// Worker threads share a breaker, and are terminated in the middle of a call.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { Breaker } from '../index.mjs';
import { unique, until, within } from './kit.mjs';

const program = new URL('children/thread.mjs', import.meta.url);

function thread(workerData) {
  return new Worker(program, { workerData });
}

const next = async (worker) => (await within(once(worker, 'message'), 'a message of the thread'))[0];
const ended = (worker) => within(once(worker, 'exit'), 'the end of the thread');

for (const segment of [undefined, 'threads']) {
  const where = segment === undefined ? 'without a segment' : 'in a shared segment';

  test(`threads count together ${where}`, async () => {
    const [name, times] = [unique('threads'), 2000];
    const breaker = new Breaker(name, { segment, failureThreshold: 0, minCalls: 1 << 20 });
    const workers = Array.from({ length: 3 }, () => thread({ name, segment, task: 'calls', times }));
    await Promise.all(workers.map(next));
    await Promise.all(workers.map(async (worker) => worker.terminate()));
    const { successes, failures } = breaker.snapshot().totals;
    assert.deepEqual([successes, failures], [3 * times * 0.9, 3 * times * 0.1]);
  });

  test(`a thread hears of what another does ${where}`, async () => {
    const name = unique('threads');
    const breaker = new Breaker(name, { segment });
    const worker = thread({ name, segment, task: 'hear' });
    assert.equal(await next(worker), 'ready');
    const message = next(worker);
    breaker.trip();
    assert.deepEqual(await message, { pid: process.pid });
    await worker.terminate();
  });

  test(`threads are terminated in the middle of calls ${where}`, async () => {
    const name = unique('threads');
    const breaker = new Breaker(name, { segment });
    for (let round = 0; round < 15; round++) {
      const workers = Array.from({ length: 2 }, () => thread({ name, segment, task: 'forever' }));
      await Promise.all(workers.map(next));
      await sleep(round * 3);
      const ends = workers.map(ended);
      await Promise.all(workers.map((worker) => worker.terminate()));
      assert.deepEqual(await Promise.all(ends), [[1], [1]]);
    }
    breaker.reset();
    assert.equal(await breaker.call(() => 'alive'), 'alive');
  });
}

test('the threads that wait for events end with those who listen', async () => {
  const waiting = () =>
    readdirSync('/proc/self/task').filter((task) => comm(task) === 'holysheep-cb').length;
  await until(() => waiting() === 0, 'the end of all threads that wait');
});

function comm(task) {
  try {
    return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim();
  } catch {
    return 'gone';
  }
}
