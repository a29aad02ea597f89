// What breakerFetch makes of verdicts: which breaker, when it opens, who hears of it, and what a rejected call gives.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Breaker, CircuitOpenError, Segment, breakerFetch } from '../../index.mjs';
import { child, finished, heard, root, unique, until, within } from '../kit.mjs';
import { DATA, DONE, chat, events, gate, guarded, mock, serve } from './kit.mjs';

const relay = await mock();

test('429 opens for exactly as long as it says, here and in another process, though nobody reads it', async () => {
  const [segment, name] = [unique('segment'), `${relay.host}|gpt-4.1`];
  const opened = gate();
  const { fetch, verdicts } = guarded(globalThis.fetch, { segment, on: { open: opened.open } });
  const worker = child('worker', segment, name, '{}');
  await heard(worker);
  await relay.phase({ kind: '429', retry_after: 1.234 });
  const begun = performance.now();
  assert.equal((await fetch(relay.chat, chat())).status, 429);
  const transition = await opened.promise;
  assert.deepEqual([transition.breaker, transition.reason, transition.pid], [name, 'throttled', process.pid]);
  assert.deepEqual([verdicts[0].cause, verdicts[0].retryAfterMs], ['rate-limited', 1234]);
  const breaker = new Breaker(name, { segment });
  const { openRemainingMs, totals } = breaker.snapshot();
  const gone = performance.now() - begun;
  // Deadlines are kept to the millisecond, rounded up; the clock of the core ticks every few ms.
  assert.ok(openRemainingMs <= 1235 && openRemainingMs >= 1234 - gone - 10, `${openRemainingMs} ms are left after ${gone} ms`);
  assert.equal(totals.throttled, 1);
  const before = await relay.received();
  const refusal = await fetch(relay.chat, chat());
  const answer = heard(worker);
  worker.send({ act: 'call' });
  assert.deepEqual(await answer, { did: 'call', code: 'EOPENBREAKER', mode: 'open' });
  assert.equal(await relay.received(), before, 'a refused call is no request');
  assert.equal(refusal.status, 503);
  await relay.phase({ kind: 'healthy' });
  await until(() => breaker.wouldAdmit(), 'the end of the opening');
  assert.ok(performance.now() - begun >= 1234 - 10);
  assert.equal((await fetch(relay.chat, chat())).status, 200);
  worker.kill();
});

test('an outage costs as many requests as open the breaker, and then none', async () => {
  await relay.phase({ kind: '503' });
  const before = await relay.received();
  const { fetch, said } = guarded(globalThis.fetch);
  const statuses = [];
  for (let i = 0; i < 20; i++) {
    const response = await fetch(relay.chat, chat());
    statuses.push(response.headers.get('x-should-retry'));
    await response.text();
  }
  await relay.phase({ kind: 'healthy' });
  assert.equal((await relay.received()) - before, 5);
  assert.deepEqual(statuses, [...Array(5).fill(null), ...Array(15).fill('false')]);
  assert.deepEqual(said(), Array(5).fill('failure: overloaded'));
});

test('a refusal says what it is, to people and to programs', async () => {
  const { fetch, segment } = guarded(globalThis.fetch);
  const breaker = new Breaker(relay.host, { segment });
  breaker.tripFor(1500);
  const refusal = await fetch(relay.url);
  assert.deepEqual([refusal.status, refusal.headers.get('x-should-retry'), refusal.headers.get('retry-after')], [503, 'false', '2']);
  const { message, retry_after: seconds, ...error } = (await refusal.json()).error;
  assert.deepEqual(error, { code: 'circuit_open', type: 'circuit_open', param: null, breaker: relay.host, mode: 'open' });
  // Deadlines are rounded up to the next millisecond.
  assert.ok(seconds > 1 && seconds <= 1.501, seconds);
  assert.match(message, /^the circuit breaker "127.0.0.1:\d+" \(open\) rejects calls, the next may go in 1\.\d+ s$/);
  breaker.forceOpen();
  const forced = await fetch(relay.url);
  assert.deepEqual([forced.headers.get('retry-after'), (await forced.json()).error.retry_after], [null, null]);
  const throwing = guarded(globalThis.fetch, { segment, onReject: 'throw' });
  await assert.rejects(throwing.fetch(relay.url), (e) => e instanceof CircuitOpenError && e.breaker === relay.host && e.mode === 'forced-open');
});

test('what a human must mend is told apart, and opens nothing', async () => {
  const errors = { 401: 'invalid_api_key', 403: 'forbidden', 429: 'insufficient_quota', 400: 'bad' };
  const server = await serve(({ url }, response) => {
    const status = Number(url.slice(1));
    response.writeHead(status, { 'content-type': 'application/json', 'retry-after': '5' }).end(JSON.stringify({ error: { code: errors[status] } }));
  });
  const { fetch, said, segment } = guarded(globalThis.fetch, { failureThreshold: 1 });
  for (const status of Object.keys(errors)) await fetch(`${server.url}/${status}`);
  await until(() => said().length === 4, 'four verdicts');
  assert.deepEqual(said().sort(), ['ignored: auth', 'ignored: client-error', 'ignored: permission', 'ignored: quota']);
  assert.equal(new Breaker(server.host, { segment }).state, 'closed');
});

test('the time to the first byte, and not that of the body, is what the slow rule sees', async () => {
  const slow = { slowRate: 1, minCalls: 2, slowCallMs: 500 };
  const server = await serve(async ({ url }, response) => {
    if (url === '/late') await new Promise((resolve) => setTimeout(resolve, 700));
    await events(response, DATA, new Promise((resolve) => setTimeout(resolve, 700)), DONE);
    response.end();
  });
  const { fetch, verdicts, segment } = guarded(globalThis.fetch, { ...slow, name: ({ pathname }) => pathname });
  for (const path of ['/long', '/long', '/late', '/late']) await (await fetch(server.url + path)).text();
  assert.ok(verdicts[0].firstByteMs < 500 && verdicts[2].firstByteMs >= 690, JSON.stringify(verdicts));
  assert.equal(new Breaker('/long', { segment }).state, 'closed');
  assert.equal(new Breaker('/late', { segment }).state, 'open');
  // The reader's own pause is not the service's.
  const response = await fetch(`${server.url}/long`);
  await new Promise((resolve) => setTimeout(resolve, 600));
  await response.text();
  assert.ok(verdicts[4].firstByteMs < 500, JSON.stringify(verdicts[4]));
});

test('a breaker for each host and model, however the body is given; a stream is not read', async () => {
  const server = await serve((request, response) => request.resume().on('end', () => response.end()));
  const segment = new Segment();
  const fetch = breakerFetch(globalThis.fetch, { segment });
  const json = (model) => JSON.stringify({ messages: [], model });
  const bytes = (model) => new TextEncoder().encode(json(model));
  const stream = () => new Response(json('unread')).body;
  const form = new FormData();
  form.set('model', 'unread');
  const bodies = [json('text'), Buffer.from(json('buffer')), bytes('bytes'), bytes('memory').buffer, new DataView(bytes('view').buffer)];
  for (const body of [...bodies, stream(), form, new URLSearchParams({ model: 'unread' }), new Blob([json('unread')]), 'no JSON', undefined]) {
    await (await fetch(server.url, { method: 'POST', body, duplex: 'half' })).text();
  }
  await (await fetch(new Request(server.url, { method: 'POST', body: json('unread') }))).text();
  await (await fetch(new URL(server.url), { method: 'POST', body: json('url') })).text();
  const names = ['buffer', 'bytes', 'memory', 'text', 'url', 'view'].map((model) => `${server.host}|${model}`);
  assert.deepEqual(segment.names().sort(), [server.host, ...names]);
});

test('names of the user, a bounded number of breakers, and calls that go on where there is no breaker', async (t) => {
  const server = await serve((_, response) => response.end());
  const warned = [];
  const listen = ({ message, code }) => warned.push([code, message]);
  process.on('warning', listen);
  t.after(() => process.off('warning', listen));
  const named = new Segment();
  const own = breakerFetch(fetch, { segment: named, name: ({ pathname }, body) => (pathname === '/free' ? undefined : `${pathname} ${body}`) });
  for (const path of ['/free', '/mine']) await own(server.url + path, { method: 'POST', body: 'x' });
  assert.deepEqual(named.names(), ['/mine x']);
  const segment = new Segment();
  const bounded = breakerFetch(fetch, { segment, maxBreakers: 2 });
  for (const model of ['a', 'b', 'c', 'd', 'a']) await bounded(server.url, { method: 'POST', body: `{"model":"${model}"}` });
  assert.deepEqual(segment.names().sort(), [server.host, `${server.host}|a`, `${server.host}|b`]);
  // A segment that is full: the call goes.
  const full = new Segment(unique('full'), { capacity: 1 });
  new Breaker('the only one', { segment: full });
  assert.equal((await breakerFetch(fetch, { segment: full })(server.url)).status, 200);
  await until(() => warned.length > 0, 'the warning');
  assert.equal(warned[0][0], 'HSCB_UNPROTECTED');
  assert.match(warned[0][1], /^HTTP calls go unprotected, or share a breaker: no room for breaker "127.0.0.1:\d+": all 1 cells of the segment are taken/);
});

test('listeners hear of every breaker, and of other processes', async () => {
  const segment = unique('segment');
  const told = [];
  const events = ['open', 'halfOpen', 'close', 'reject', 'success', 'failure'];
  const on = Object.fromEntries(events.map((event) => [event, (what) => told.push([event, what.breaker, what.cause ?? what.reason ?? what.code])]));
  const { fetch } = guarded(globalThis.fetch, { segment, on, failureThreshold: 1 });
  const name = `${relay.host}|gpt-4.1`;
  await (await fetch(relay.chat, chat())).text();
  new Breaker(name, { segment }).trip();
  await fetch(relay.chat, chat());
  await until(() => told.length === 3, 'three events');
  assert.deepEqual(told.sort(), [['open', name, 'operator'], ['reject', name, 'EOPENBREAKER'], ['success', name, 'ok']]);
});

test('a listener or predicate that throws is its owner\'s', async () => {
  const program = `
    const { breakerFetch } = require('./dist/index.js');
    const fail = (message) => () => { throw new Error(message) };
    process.on('uncaughtException', (error) => console.log('uncaught', error.message));
    const fetch = breakerFetch(globalThis.fetch, { onVerdict: fail('in onVerdict'), on: { success: fail('in success') } });
    fetch('${relay.chat}', ${JSON.stringify(chat())}).then((response) => response.json()).then(({ object }) => console.log(object));`;
  const { status, output } = await finished(process.execPath, ['-e', program], { cwd: root });
  assert.deepEqual([status, output.trim().split('\n').sort()], [0, ['chat.completion', 'uncaught in onVerdict', 'uncaught in success']]);
  const named = () => {
    throw new Error('in name');
  };
  await assert.rejects(breakerFetch(globalThis.fetch, { name: named })(relay.url), /in name/);
});

test('what a fetch of a test gives is passed on as it is', async () => {
  // A stream whose chunks are lent: they are those of the maker, and not taken from him.
  const pool = Buffer.from('ab');
  const lent = () => new ReadableStream({ start: (c) => [pool.subarray(0, 1), pool.subarray(1)].forEach((x) => c.enqueue(x)) || c.close() });
  const { fetch, said } = guarded(async () => new Response(lent(), { status: 200 }));
  const read = [];
  for await (const chunk of (await fetch('http://x')).body) read.push(chunk);
  assert.deepEqual([Buffer.concat(read).toString(), read[0].buffer === pool.buffer], ['ab', true]);
  // What was read already is judged by its status.
  const used = new Response('{}', { status: 500 });
  await used.text();
  assert.equal(await guarded(async () => used).fetch('http://x'), used);
  const pretended = { ok: true, json: async () => 1 };
  assert.equal(await breakerFetch(async () => pretended, {})('http://x'), pretended);
  assert.equal(await breakerFetch(async () => undefined, {})('http://x'), undefined);
  assert.deepEqual(said(), ['success: ok']);
});

test('options that are wrong are refused when it is made', () => {
  const wrong = [
    [{ chunkTimeOut: 1 }, /there is no option "chunkTimeOut"; allowed are segment, name, maxBreakers, chunkTimeout, on, onVerdict, onReject, .*failureThreshold/],
    [{ chunkTimeout: 2 ** 31 }, /chunkTimeout is 2147483648, but must be within 0..=2147483647/],
    [{ maxBreakers: 0 }, /maxBreakers is 0, but must be within 1..=65536/],
    [{ onReject: 'give up' }, /onReject is "give up", but must be 'response' or 'throw'/],
    [{ openMs: 0 }, /openMs is 0, but must be within 1..=86400000/],
    [{ on: { opened: () => {} } }, /there is no option "opened"; allowed are open, halfOpen/],
    [{ on: { open: 1 } }, /open is of type number, but must be a function/],
    [{ segment: 'no/name' }, /segment/],
  ];
  for (const [options, message] of wrong) assert.throws(() => breakerFetch(fetch, options), { message }, JSON.stringify(options));
  assert.throws(() => breakerFetch({ segment: 'x' }), /fetch is of type object, but must be a function/);
});

test('a response that is forgotten gives its permit and its connection back', async () => {
  const server = await serve((_, response) => events(response, DATA));
  const { fetch, said } = guarded(globalThis.fetch, { chunkTimeout: 0 });
  for (let i = 0; i < 10; i++) await fetch(server.url);
  await until(() => (globalThis.gc(), said().length === 10 && server.counts.left === 10), 'the end of ten forgotten responses');
  assert.deepEqual(said(), Array(10).fill('ignored: abandoned'));
  // One that is still read is not forgotten.
  const body = (await fetch(server.url)).body;
  globalThis.gc();
  const reader = body.getReader();
  assert.equal(Buffer.from((await within(reader.read(), 'a chunk')).value).toString(), DATA);
  await reader.cancel();
});
