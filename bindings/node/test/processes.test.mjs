// Processes share a breaker: a cluster, children, a C program; and one that is killed.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Breaker, Segment } from '../index.mjs';
import { child, fail, finished, folder, heard, root, unique, until, within } from './kit.mjs';

const children = [];
after(() => children.forEach((process) => process.kill('SIGKILL')));

/** A worker with a breaker, and how to make it act. */
async function worker(segment, name, config = {}) {
  const process = child('worker', segment, name, JSON.stringify(config));
  children.push(process);
  await heard(process);
  const act = async (what, args = {}) => {
    const answer = heard(process);
    process.send({ act: what, ...args });
    return answer;
  };
  return { process, act };
}

test('what one worker of a cluster learns, all know', async () => {
  const { status, output } = await finished(process.execPath, [join(root, 'test/children/cluster.mjs')]);
  assert.equal(status, 0, output);
  const { state, reports, calls, totals } = JSON.parse(output);
  assert.deepEqual([state, reports, totals.opened, totals.failures + totals.late], ['open', 4, 1, calls]);
  assert.ok(calls >= 10 && calls < 14, `${calls} calls failed: ten trip it, and each other worker may have had one out`);
});

test('processes count together, and a rejection is everywhere', async () => {
  const [segment, config] = [unique('segment'), { failureThreshold: 4 }];
  const [one, two] = await Promise.all([worker(segment, 'relay', config), worker(segment, 'relay', config)]);
  const breaker = new Breaker('relay', { segment, ...config });
  assert.equal(breaker.segment.processes(), 3);
  await Promise.all([one.act('burst', { times: 500 }), two.act('burst', { times: 500 })]);
  assert.equal(breaker.snapshot().totals.successes, 1000);
  breaker.configure({ ...config, failureRate: 0 });
  await one.act('fail', { times: 2 });
  assert.equal((await two.act('fail', { times: 2 })).state, 'open');
  assert.deepEqual(await one.act('call'), { did: 'call', code: 'EOPENBREAKER', mode: 'open' });
  await assert.rejects(breaker.call(() => 1), { code: 'EOPENBREAKER' });
  breaker.reset();
  assert.deepEqual(await two.act('call'), { did: 'call', ok: true });
});

test('transitions are heard in other processes', async () => {
  const segment = unique('segment');
  const { process: other, act } = await worker(segment, 'relay', {});
  await act('listen');
  const breaker = new Breaker('relay', { segment });
  const messages = [];
  other.on('message', (message) => messages.push(message));
  breaker.trip();
  breaker.halfOpen();
  breaker.reset();
  await until(() => messages.length >= 3, 'three events in the other process');
  assert.deepEqual(messages, [
    { event: 'open', from: 'closed', to: 'open', reason: 'operator', pid: process.pid },
    { event: 'halfOpen', from: 'open', to: 'half-open', reason: 'operator', pid: process.pid },
    { event: 'close', from: 'half-open', to: 'closed', reason: 'operator', pid: process.pid },
  ]);
});

test('a worker that is killed with the probe in hand: recovery by lease', async () => {
  const [segment, config] = [unique('segment'), { openMs: 10, probeLeaseMs: 400, halfOpenMaxCalls: 1, successThreshold: 1 }];
  const { process: holder, act } = await worker(segment, 'relay', config);
  const breaker = new Breaker('relay', { segment, ...config });
  const halfOpened = [];
  breaker.on('halfOpen', ({ reason, pid }) => halfOpened.push({ reason, pid }));
  breaker.trip();
  await until(() => breaker.wouldAdmit(), 'the end of the opening');
  assert.equal((await act('hang')).state, 'half-open');
  holder.kill('SIGKILL');
  const [, signal] = await within(once(holder, 'exit'), 'the death of the worker');
  assert.equal(signal, 'SIGKILL');
  assert.equal(breaker.snapshot().probesInFlight, 1);
  await until(() => breaker.wouldAdmit(), 'the end of the lease');
  assert.equal(await breaker.call(() => 'recovered'), 'recovered');
  assert.equal(breaker.state, 'closed');
  assert.equal(breaker.snapshot().totals.probesLost, 1);
  await until(() => halfOpened.length >= 2, 'two episodes');
  assert.deepEqual(halfOpened, [
    { reason: 'deadline', pid: holder.pid },
    { reason: 'lease', pid: process.pid },
  ]);
});

test('a C program and this one share a breaker', async (t) => {
  const [native] = readdirSync(join(root, 'native')).filter((name) => name.endsWith('.node'));
  const [repository, program] = [join(root, '../..'), join(folder, 'shared')];
  // The addon has the C ABI, too: the program runs over the very file that Node has loaded.
  const library = join(folder, 'holysheep-cb.node');
  symlinkSync(join(root, 'native', native), library);
  const source = join(repository, 'examples/c/shared.c');
  execFileSync('gcc', ['-std=c11', '-O2', `-I${join(repository, 'include')}`, source, '-o', program, library]);
  const segment = new Segment('example-shared');
  const breaker = new Breaker('relay', { segment, failureThreshold: 3, openMs: 10_000 });
  const events = segment.events();
  t.after(() => events.return());
  assert.equal(await breaker.call(() => 1), 1);
  const env = { ...process.env, LD_LIBRARY_PATH: folder };
  const { status, output } = await finished(program, ['worker'], { env });
  assert.deepEqual([status, output], [0, 'worker: 3 calls failed, the next was rejected\n']);
  await assert.rejects(breaker.call(() => 1), { code: 'EOPENBREAKER', mode: 'open' });
  assert.equal(breaker.snapshot().totals.failures, 3);
  const { value } = await within(events.next(), 'the event of the C program');
  assert.deepEqual([value.to, value.reason, value.pid !== process.pid], ['open', 'failure', true]);
  breaker.reset();
  await fail(breaker, 3);
  const again = await finished(program, ['worker'], { env });
  assert.equal(again.output, 'worker: 0 calls failed, the next was rejected\n');
});
