// The bulkhead: entering, waiting, leaving; aborts, threads, processes.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Bulkhead, BulkheadFullError, BulkheadPermit } from '../index.mjs';
import { child, heard, root, unique, until, within } from './kit.mjs';
import { settledMiB } from './memory.mjs';

const children = [];
after(() => children.forEach((process) => process.kill('SIGKILL')));

/** Two seats, and two that may wait. */
const make = (config = {}) => new Bulkhead(unique('bulkhead'), { limit: 2, maxWaiting: 2, ...config });

test('no more than the limit are in', async () => {
  const bulkhead = make();
  const [one, two] = [bulkhead.tryEnter(), await bulkhead.enter()];
  assert.ok(one instanceof BulkheadPermit);
  assert.equal(bulkhead.tryEnter(), null);
  const { limit, maxWaiting, active, available, waiting, entered, refused } = bulkhead.snapshot();
  assert.deepEqual([limit, maxWaiting, active, available, waiting, entered, refused], [2, 2, 2, 0, 0, 2, 1]);
  assert.deepEqual([one.isHeld, one.leave(), one.leave(), one.isHeld], [true, true, false, false]);
  const three = bulkhead.tryEnter();
  assert.equal(bulkhead.snapshot().active, 2, 'leaving twice leaves one seat');
  two[Symbol.dispose]();
  three[Symbol.dispose]();
  assert.equal(bulkhead.snapshot().active, 0);
});

test('who leaves lets the next one in; so many wait and no more', async () => {
  const bulkhead = make();
  const permits = [bulkhead.tryEnter(), bulkhead.tryEnter()];
  const waiting = [bulkhead.enter(), bulkhead.enter()];
  assert.equal(bulkhead.snapshot().waiting, 2);
  await assert.rejects(bulkhead.enter(), (error) => {
    assert.ok(error instanceof BulkheadFullError);
    const { name, code, bulkhead: full, limit, waiting, message } = error;
    assert.deepEqual([name, code, full, limit, waiting], ['BulkheadFullError', 'HSCB_BULKHEAD_FULL', bulkhead.name, 2, 2]);
    assert.equal(message, `the bulkhead "${bulkhead.name}" is full: 2 calls are in flight, and 2 wait`);
    return true;
  });
  permits.forEach((permit) => permit.leave());
  (await within(Promise.all(waiting), 'their turn')).forEach((permit) => permit.leave());
  assert.deepEqual([bulkhead.snapshot().active, bulkhead.snapshot().waiting], [0, 0]);
  bulkhead.configure({ limit: 1, maxWaiting: 0 });
  const permit = await bulkhead.enter();
  await assert.rejects(bulkhead.enter(), BulkheadFullError);
  permit.leave();
});

test('waiting has a limit, and may be aborted; then nothing is held', async () => {
  const bulkhead = make();
  const permits = [bulkhead.tryEnter(), bulkhead.tryEnter()];
  const begun = performance.now();
  await assert.rejects(bulkhead.enter({ timeoutMs: 50 }), BulkheadFullError);
  assert.ok(performance.now() - begun >= 49);
  await assert.rejects(bulkhead.enter({ timeoutMs: 0 }), BulkheadFullError);
  assert.equal(bulkhead.snapshot().refused, 2);
  const controller = new AbortController();
  const waiting = [1, 2].map(() => bulkhead.enter({ signal: controller.signal }));
  await sleep(5);
  controller.abort();
  for (const { reason } of await Promise.allSettled(waiting)) assert.equal(reason, controller.signal.reason);
  await assert.rejects(bulkhead.enter({ signal: controller.signal }), { name: 'AbortError' });
  permits.forEach((permit) => permit.leave());
  assert.deepEqual([bulkhead.snapshot().active, bulkhead.snapshot().waiting, bulkhead.snapshot().refused], [0, 0, 2]);
});

test('run has a seat for as long as its function runs', async () => {
  const bulkhead = make({ limit: 3, maxWaiting: 128 });
  let [inside, most] = [0, 0];
  const call = async (a, b) => {
    most = Math.max(most, ++inside);
    await sleep(1);
    inside--;
    return a + b;
  };
  const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => bulkhead.run(call, i, 1)));
  assert.deepEqual(answers, Array.from({ length: 100 }, (_, i) => i + 1));
  assert.equal(most, 3);
  assert.equal(await bulkhead.run(() => 'sync'), 'sync');
  const error = new Error('down');
  await assert.rejects(bulkhead.run(() => { throw error; }), error);
  await assert.rejects(bulkhead.run(() => Promise.reject(error)), error);
  await assert.rejects(bulkhead.run(7), { name: 'TypeError', message: 'fn is of type number, but must be a function' });
  assert.deepEqual([bulkhead.snapshot().active, bulkhead.snapshot().entered], [0, 103]);
});

test('a permit that is forgotten leaves its seat when it is collected', async () => {
  const bulkhead = make();
  (() => bulkhead.tryEnter())();
  await until(async () => (await settledMiB(), bulkhead.snapshot().active === 0), 'the end of the permit');
});

test('mistakes are named, and change nothing', () => {
  const bulkhead = make();
  const wrong = [
    [{ limit: 513 }, RangeError, 'HSCB_ERR_CONFIG', 'limit is 513, but must be within 1..=512'],
    [{ maxWaiting: 129 }, RangeError, 'HSCB_ERR_CONFIG', 'maxWaiting is 129, but must be within 0..=128'],
    [{ limit: '1' }, TypeError, 'HSCB_ERR_ARGUMENT', 'limit is "1", but must be a number'],
  ];
  for (const [config, kind, code, message] of wrong) {
    for (const act of [() => make(config), () => bulkhead.configure(config)]) {
      assert.throws(act, (error) => (assert.deepEqual([error.constructor, error.code, error.message], [kind, code, message]), true));
    }
  }
  assert.throws(() => make({ burst: 1 }), { message: 'there is no option "burst"; allowed are segment, limit, maxWaiting' });
  assert.deepEqual(bulkhead.config, { limit: 2, maxWaiting: 2 });
  assert.deepEqual(new Bulkhead(bulkhead.name, { limit: 5 }).config, bulkhead.config);
  assert.equal(inspect(new Bulkhead('relay', { segment: 'seats' })), 'Bulkhead "relay" (Segment "seats")');
});

test('the seats of a process that is killed come back', async () => {
  const bulkhead = new Bulkhead('relay', { segment: unique('segment'), limit: 1 });
  const process = child('seat', bulkhead.segment.name, 'relay');
  children.push(process);
  assert.deepEqual(await heard(process), { isHeld: true });
  await until(() => bulkhead.snapshot().waiting === 1, 'its wait');
  assert.equal(bulkhead.tryEnter(), null);
  const waiting = bulkhead.enter();
  process.kill('SIGKILL');
  await within(once(process, 'exit'), 'its end');
  const permit = await within(waiting, 'the seat');
  const { active, waiting: queued, reclaimed } = bulkhead.snapshot();
  assert.deepEqual([active, queued, reclaimed], [1, 0, 1]);
  permit.leave();
});

test('threads share the seats, and one that is terminated leaves its own', async () => {
  const bulkhead = make({ limit: 1 });
  const program = `
    const { Bulkhead } = require(${JSON.stringify(join(root, 'dist/index.js'))});
    const { parentPort } = require('node:worker_threads');
    const bulkhead = new Bulkhead(${JSON.stringify(bulkhead.name)});
    globalThis.permit = bulkhead.tryEnter();
    void bulkhead.enter();
    parentPort.postMessage(1);`;
  const worker = new Worker(program, { eval: true });
  await within(once(worker, 'message'), 'the thread');
  assert.deepEqual([bulkhead.snapshot().active, bulkhead.snapshot().waiting], [1, 1]);
  await worker.terminate();
  (await within(bulkhead.enter(), 'the seat')).leave();
  assert.deepEqual([bulkhead.snapshot().active, bulkhead.snapshot().waiting], [0, 0]);
});
