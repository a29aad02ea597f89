// The client for AI relays, against `hscb mock`: answers, failures, streams, aborts, batches, threads.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { Worker } from 'node:worker_threads';
import { Answer, Client, ClientError, Piece, Segment } from '../index.mjs';
import { DATA, mock, serve } from './http/kit.mjs';
import { finished, folder, root, until, within } from './kit.mjs';

const MODEL = 'gpt-4.1';
const KEY = 'sk-0123456789abcdefghij';
const QUESTION = { path: '/chat/completions', body: { model: MODEL, messages: [{ role: 'user', content: 'Hi' }] } };

/** A table with one route and quick retries; `more` takes the place of its fields. */
const table = (url, more = {}) => ({
  routes: [{ name: 'r0', url }],
  retry: { max: 0, base_ms: 10, cap_ms: 50, jitter: 0 },
  limits: { connect_ms: 2000, first_byte_ms: 15_000, chunk_ms: 15_000, total_ms: 20_000, route_wait_ms: 0 },
  ...more,
});

/** A client in a segment of its own. */
const of = (relay, more, options) => new Client(table(relay.baseURL ?? relay.url, more), { segment: new Segment(), ...options });

/** The error that a call rejects with. */
const failureOf = async (promise) => {
  const error = await within(promise, 'the end of a call').then(() => assert.fail('it has an answer'), (error) => error);
  assert.ok(error instanceof ClientError, inspect(error));
  return error;
};

/** A breaker that opens for nothing. */
const lenient = { failure_threshold: 0, failure_rate: 0, retry_after_max_ms: 0 };

test('an answer, and what became of the call', async () => {
  const client = of(await mock('healthy,latency=30ms'), { prices: { [MODEL]: { input: 2, output: 8 } } });
  const answer = await client.chat(MODEL, 'Hi', { temperature: 0.2 });
  assert.ok(answer instanceof Answer && answer.text.length > 0);
  assert.equal(answer.json().object, 'chat.completion');
  assert.ok(Buffer.isBuffer(answer.body));
  const { meta } = answer;
  assert.deepEqual([meta.source, meta.route, meta.account, meta.model], ['service', 'r0', null, MODEL]);
  assert.deepEqual([meta.fallbackUsed, meta.attempts], [false, 1]);
  assert.ok(meta.firstByteMs >= 29 && meta.latencyMs >= meta.firstByteMs, inspect(meta));
  assert.ok(Math.abs(meta.usd - (2 * meta.usage.input + 8 * meta.usage.output) / 1e6) < 1e-12);
  const { routes, spent } = client.status();
  assert.deepEqual([routes[0].route, routes[0].mode, routes[0].retryAfterMs], ['r0', 'closed', 0]);
  assert.deepEqual([spent[0].calls, spent[0].usd, spent[0].savedUsd], [1, meta.usd, 0]);
});

test('every path', async () => {
  const client = of(await mock());
  assert.ok((await client.models()).json().data.length > 0);
  const { data } = (await client.embeddings('text-embedding-3-small', ['one', 'two'], { user: 'u' })).json();
  assert.equal(data.length, 2);
  assert.ok((await client.send(QUESTION)).text);
  assert.ok((await client.chat(MODEL, [{ role: 'system', content: 'Be brief.' }, { role: 'user', content: 'Hi' }])).text);
});

test('each fault has its kind', async () => {
  const relay = await mock();
  const client = of(relay, {
    routes: [{ name: 'r0', url: relay.baseURL, breaker: lenient }],
    limits: { first_byte_ms: 300, total_ms: 10_000, route_wait_ms: 0 },
  });
  for (const [phase, kind, scope, retryable, status] of [
    [{ kind: '400' }, 'invalid_request', 'caller', false, 400],
    [{ kind: '401' }, 'auth', 'account', false, 401],
    [{ kind: '402' }, 'quota', 'account', false, 402],
    [{ kind: '404' }, 'not_found', 'model', false, 404],
    [{ kind: '500' }, 'server', 'model', true, 500],
    [{ kind: '503' }, 'overloaded', 'model', true, 503],
    [{ kind: 'hang' }, 'first_byte_timeout', 'model', true, null],
    [{ kind: 'refused' }, 'connection', 'endpoint', true, null],
  ]) {
    await relay.phase(phase);
    const error = await failureOf(client.chat(MODEL, 'Hi'));
    const found = [error.kind, error.scope, error.retryable, error.status, error.attempts];
    assert.deepEqual(found, [kind, scope, retryable, status, 1], error.message);
  }
  await relay.phase({ kind: '429', retry_after: 1.2, message: 'too fast' });
  const error = await failureOf(client.chat(MODEL, 'Hi'));
  assert.deepEqual([error.name, error.code], ['ClientError', 'HSCB_CALL_FAILED']);
  assert.deepEqual([error.kind, error.retryAfterMs], ['rate_limit', 1200]);
  assert.deepEqual([error.serviceCode, error.route], ['rate_limit_exceeded, rate_limit', 'r0']);
  assert.match(error.message, /too fast/);
  assert.equal(typeof error.requestId, 'string');
});

test('a breaker that is open refuses, and says for how long', async () => {
  const relay = await mock('500');
  const breaker = { consecutive_failures: 1, open_ms: 60_000 };
  const client = of(relay, { routes: [{ name: 'r0', url: relay.baseURL, breaker }] });
  await failureOf(client.chat(MODEL, 'Hi'));
  const error = await failureOf(client.chat(MODEL, 'Hi'));
  const [{ route, model, kind, retryAfterMs }] = error.refusals;
  assert.deepEqual([error.kind, error.attempts, route, model, kind], ['circuit_open', 0, 'r0', MODEL, 'circuit_open']);
  assert.ok(retryAfterMs > 50_000 && error.retryAfterMs === retryAfterMs);
  assert.equal(await relay.received(), 1);
});

test('what stands in: the last good answer, and a static one', async () => {
  const relay = await mock();
  const client = of(relay, { cache: { max_entries: 10, ttl_ms: 1 }, routes: [{ url: relay.baseURL, breaker: lenient }] });
  const { text } = await client.send(QUESTION);
  await sleep(20);
  await relay.phase({ kind: '500' });
  const stale = await client.send({ ...QUESTION, orStale: true });
  assert.deepEqual([stale.text, stale.meta.source], [text, 'stale']);
  const fixed = await client.chat(MODEL, 'Another', {}, { fallback: { choices: [{ message: { content: 'later' } }] } });
  assert.deepEqual([fixed.text, fixed.meta.source, fixed.meta.fallbackUsed], ['later', 'static', true]);
});

test('a stream comes in pieces', async () => {
  const client = of(await mock('healthy,chunks=5,interval=10ms'));
  const stream = client.chatStream(MODEL, 'Hi', { stream_options: { include_usage: true } });
  const pieces = [];
  for await (const piece of stream) pieces.push(piece);
  assert.ok(pieces.every((piece) => piece instanceof Piece));
  assert.equal(pieces.filter(({ text }) => text).length, 5);
  assert.equal(pieces[0].json().object, 'chat.completion.chunk');
  assert.deepEqual([pieces.at(-1).data, pieces.at(-1).text, pieces.at(-1).json()], ['[DONE]', null, undefined]);
  assert.ok(stream.meta.attempts === 1 && stream.meta.usage.output > 0, inspect(stream));
  assert.deepEqual(await stream.next(), { done: true, value: undefined });
  assert.equal((await client.chatStream(MODEL, 'Hi').text()).trim().split(/\s+/).length, 5);
});

test('a stream fails before its first piece, or after some', async () => {
  const relay = await mock('500');
  const client = of(relay, { routes: [{ url: relay.baseURL, breaker: lenient }] });
  assert.equal((await failureOf(client.chatStream(MODEL, 'Hi').text())).kind, 'server');
  await relay.phase({ kind: 'stream-error', after_chunks: 2, code: 'server_error' });
  const [stream, seen] = [client.chatStream(MODEL, 'Hi'), []];
  const error = await failureOf((async () => {
    for await (const piece of stream) seen.push(piece);
  })());
  assert.ok(error.kind === 'bad_response' && seen.length >= 2, error.message);
  assert.deepEqual(await stream.next(), { done: true, value: undefined }, 'nothing follows a failure');
});

/** A service whose stream never ends. */
const endless = (pad = '') =>
  serve((request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const data = DATA.replace('word', `word${pad}`);
    const write = () => {
      while (!response.destroyed && response.write(data));
    };
    response.on('drain', write);
    if (pad) write();
    else response.write(data);
  });

test('a stream that is left early is broken off, without a verdict', async () => {
  const server = await endless();
  const client = of(server);
  for await (const { text } of client.chatStream(MODEL, 'Hi')) {
    assert.equal(text, 'word');
    break;
  }
  await until(() => server.counts.left === 1, 'the end of the connection');
  const stream = client.chatStream(MODEL, 'Hi');
  await stream.next();
  await stream[Symbol.asyncDispose]();
  await until(() => server.counts.left === 2, 'the end of the connection');
  assert.deepEqual([client.status().routes[0].mode, client.status().spent], ['closed', []]);
});

test('a service that is faster than its reader has to wait', async () => {
  const server = await endless('.'.repeat(4000));
  let socket;
  server.server.on('connection', (connection) => (socket = connection));
  const stream = of(server).chatStream(MODEL, 'Hi');
  await stream.next();
  let before;
  await until(async () => {
    before = socket.bytesWritten;
    await sleep(200);
    return socket.bytesWritten === before;
  }, 'a pause of the service');
  for (let i = 0; i < 5000; i++) await stream.next();
  await until(() => socket.bytesWritten > before, 'more of the stream');
  await stream.return();
});

test('an abort ends a call, a stream, and what queues', async () => {
  const relay = await mock('hang');
  const client = of(relay, {}, { maxConcurrency: 2 });
  const [abort, reason] = [new AbortController(), new Error('enough')];
  const { signal } = abort;
  const calls = [1, 2, 3].map(() => client.chat(MODEL, 'Hi', {}, { signal }));
  const stream = client.chatStream(MODEL, 'Hi', {}, { signal }).next();
  await until(async () => (await relay.received()) === 2, 'two calls');
  abort.abort(reason);
  for (const call of [...calls, stream]) await assert.rejects(within(call, 'the abort'), reason);
  await assert.rejects(client.chat(MODEL, 'Hi', {}, { signal }), reason);
  assert.throws(() => client.chatStream(MODEL, 'Hi', {}, { signal }), reason);
  const timed = client.chat(MODEL, 'Hi', {}, { signal: AbortSignal.timeout(50) });
  await assert.rejects(within(timed, 'the time'), { name: 'TimeoutError' });
  const late = await failureOf(client.chat(MODEL, 'Hi', {}, { timeoutMs: 50.5 }));
  assert.equal(late.kind, 'deadline');
});

test('a stream is aborted in the middle', async () => {
  const server = await endless();
  const abort = new AbortController();
  const stream = of(server).chatStream(MODEL, 'Hi', {}, { signal: abort.signal });
  await stream.next();
  const next = stream.next();
  abort.abort();
  await assert.rejects(next, { name: 'AbortError' });
  await until(() => server.counts.left === 1, 'the end of the connection');
});

test('a batch has every result, and sums', async () => {
  const client = of(await mock(), { prices: { [MODEL]: { output: 8 } } });
  const requests = Array.from({ length: 20 }, (_, i) => (i === 7 ? { path: '/nowhere' } : QUESTION));
  const told = [];
  const { results, stats } = await client.batch(requests, { concurrency: 4, onProgress: (progress) => told.push(progress) });
  assert.deepEqual(results.map(({ status }) => status), requests.map(({ body }) => (body ? 'fulfilled' : 'rejected')));
  assert.ok(results[0].value.text && results[7].reason instanceof ClientError && results[7].reason.kind === 'not_found');
  assert.deepEqual([stats.succeeded, stats.failed, stats.fallbacks, stats.rejected], [19, 1, 0, 0]);
  assert.ok(stats.usd > 0 && stats.tookMs > 0);
  assert.deepEqual(told.at(-1), { done: 20, of: 20 });
  assert.ok(told.every(({ done }, i) => i === 0 || done > told[i - 1].done), inspect(told));
  assert.deepEqual((await client.batch([])).results, []);
});

test('a batch that is broken off loses nothing that is done', async () => {
  const relay = await mock('healthy,latency=20ms');
  const [client, abort] = [of(relay), new AbortController()];
  const onProgress = ({ done }) => done >= 3 && abort.abort();
  const batch = client.batch(Array(500).fill(QUESTION), { concurrency: 2, signal: abort.signal, onProgress });
  const { results, stats } = await within(batch, 'the end of the batch');
  assert.ok(stats.succeeded >= 3 && stats.failed > 400, inspect(stats));
  assert.ok(results.every(({ reason }) => reason === undefined || reason.kind === 'cancelled'));
  const none = await client.batch([QUESTION], { signal: abort.signal });
  assert.equal(none.results[0].reason.kind, 'cancelled');
});

test('a hundred calls at once: neither the event loop nor the pool of libuv waits for them', async () => {
  const relay = await mock();
  const client = of(relay, {}, { maxConcurrency: 100 });
  const hundred = (options) => Array.from({ length: 100 }, () => client.chat(MODEL, 'Hi', {}, options));
  assert.ok((await within(Promise.all(hundred()), 'all answers')).every(({ text }) => text));
  await relay.phase({ kind: 'hang' });
  const abort = new AbortController();
  let ended = 0;
  const calls = hundred({ signal: abort.signal }).map((call) => call.catch(() => ended++));
  await until(async () => (await relay.received()) === 200, 'the calls');
  await within(Promise.all(Array.from({ length: 8 }, () => readFile(new URL(import.meta.url)))), 'files');
  assert.equal(ended, 0, 'all were out meanwhile');
  abort.abort();
  await within(Promise.all(calls), 'the end of the calls');
});

test('what is beyond maxConcurrency queues', async () => {
  const relay = await mock('healthy,latency=100ms');
  const client = of(relay, {}, { maxConcurrency: 1 });
  const begun = performance.now();
  await Promise.all([1, 2, 3].map(() => client.chat(MODEL, 'Hi')));
  assert.ok(performance.now() - begun >= 299);
});

test('workers are terminated with calls out, and break them off', async () => {
  const relay = await mock('hang');
  const program = new URL('children/caller.mjs', import.meta.url);
  for (let round = 0; round < 5; round++) {
    const before = await relay.received();
    const workers = [1, 2].map(() => new Worker(program, { workerData: { table: table(relay.baseURL) } }));
    await until(async () => (await relay.received()) >= before + 20, 'the calls of the workers');
    const ends = workers.map((worker) => within(once(worker, 'exit'), 'the end of the worker'));
    await Promise.all(workers.map((worker) => worker.terminate()));
    assert.deepEqual(await Promise.all(ends), [[1], [1]]);
  }
  await until(async () => (await relay.abandoned()) === 100, 'the end of all connections');
});

test('a process ends by itself with a client, and not before an answer', async () => {
  const relay = await mock('healthy,latency=200ms');
  const run = (program) =>
    finished(process.execPath, ['--input-type=module', '-e', `
      import { Client } from 'holysheep-cb';
      const client = new Client(${JSON.stringify(table(relay.baseURL))});
      ${program}`], { cwd: root, limit: 15_000 });
  const answered = await run(`console.log((await client.chat('${MODEL}', 'Hi')).meta.route)`);
  assert.deepEqual([answered.status, answered.output], [0, 'r0\n']);
  await relay.phase({ kind: 'hang' });
  for (const [what, program] of [
    ['nothing is out', `client.status()`],
    ['a stream that nobody reads', `globalThis.stream = client.chatStream('${MODEL}', 'Hi')`],
    ['an aborted call', `
      client.chat('${MODEL}', 'Hi', {}, { signal: AbortSignal.timeout(50) }).catch(() => {});
      setTimeout(() => {}, 100)`],
    ['process.exit with calls out', `
      for (let i = 0; i < 5; i++) client.chat('${MODEL}', 'Hi');
      setTimeout(() => process.exit(0), 100)`],
  ]) {
    const { status, signal, output } = await run(program);
    assert.deepEqual([status, signal, output], [0, null, ''], what);
  }
});

test('a stream that is forgotten is broken off', { skip: globalThis.gc === undefined }, async () => {
  const server = await endless();
  const client = of(server);
  await (async () => void (await client.chatStream(MODEL, 'Hi').next()))();
  await until(async () => (globalThis.gc(), server.counts.left === 1), 'the end of the connection');
});

test('the threads of a client end when they have nothing to do', async () => {
  const comm = (task) => {
    try {
      return readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim();
    } catch {
      return 'gone';
    }
  };
  await until(() => !readdirSync('/proc/self/task').some((task) => comm(task) === 'holysheep-call'), 'the end of the threads');
});

test('a key is never shown', async () => {
  const relay = await mock('401');
  const secret = KEY.slice(8);
  const more = { accounts: { main: { key: KEY } }, routes: [{ name: 'r0', url: relay.baseURL, account: 'main' }] };
  const client = of(relay, more);
  const error = await failureOf(client.chat(MODEL, 'Hi'));
  assert.equal(error.kind, 'auth');
  const all = [client, error, client.status(), client.chatStream(MODEL, 'Hi')];
  const shown = inspect(all, { depth: 9, showHidden: true });
  assert.ok(!`${shown} ${error.message} ${error.stack} ${JSON.stringify(error)}`.includes(secret));
  for (const key of [`pk-${secret}`, `Bearer ${KEY}`]) {
    assert.throws(() => of(relay, { ...more, accounts: { main: { key } } }), (thrown) => !inspect(thrown).includes(secret));
  }
});

test('a table is replaced while calls are out; a wrong one changes nothing', async () => {
  const [one, two] = [await mock('healthy,latency=100ms'), await mock()];
  const client = of(one);
  const call = client.chat(MODEL, 'Hi');
  await until(async () => (await one.received()) === 1, 'the call');
  await client.replaceTable(JSON.stringify({ routes: [{ name: 'two', url: two.baseURL }] }));
  assert.equal((await client.chat(MODEL, 'Hi')).meta.route, 'two');
  assert.equal((await call).meta.route, 'r0');
  const wrong = { routes: [{ url: two.baseURL, breaker: { open_ms: 0 } }] };
  await assert.rejects(client.replaceTable(wrong), { name: 'RangeError', message: /open_ms/ });
  assert.equal((await client.chat(MODEL, 'Hi')).meta.route, 'two');
});

test('the event loop turns while a key is read', async () => {
  const relay = await mock();
  // It ends once there is a file that the event loop writes.
  const table = (name) => {
    const script = `while [ ! -e '${join(folder, name)}' ]; do sleep 0.01; done; echo ${KEY}`;
    return { accounts: { main: { key_command: ['sh', '-c', script] } }, routes: [{ name, url: relay.baseURL, account: 'main' }] };
  };
  const written = async (name, promise) => {
    await writeFile(join(folder, name), '');
    return within(promise, 'the end of reading a key');
  };
  const client = await written('one', Client.open(table('one'), { segment: new Segment() }));
  assert.equal((await client.chat(MODEL, 'Hi')).meta.route, 'one');
  const replaced = client.replaceTable(table('two'));
  assert.equal((await client.chat(MODEL, 'Hi')).meta.route, 'one');
  await written('two', replaced);
  assert.equal((await client.chat(MODEL, 'Hi')).meta.route, 'two');
});

test('a closed client makes no calls; those that are out have their ends', async () => {
  const client = of(await mock('healthy,latency=100ms'));
  const call = client.chat(MODEL, 'Hi');
  await sleep(20);
  client[Symbol.dispose]();
  assert.ok((await call).text);
  await assert.rejects(client.chat(MODEL, 'Hi'), { message: 'the client is closed', code: 'HSCB_ERR_NULL' });
  await assert.rejects(client.replaceTable('{}'), { message: 'the client is closed', code: 'HSCB_ERR_NULL' });
  assert.match(inspect(client), /closed/);
});

test('wrong arguments are refused', async () => {
  const relay = await mock();
  const client = of(relay);
  for (const [given, thrown] of [
    [[7], { name: 'TypeError', message: /^table is of type number/ }],
    [['{'], { code: 'HSCB_ERR_JSON' }],
    [[{ routes: [], rotues: [] }], { name: 'RangeError', code: 'HSCB_ERR_CONFIG', message: /rotues/ }],
    [[table(relay.baseURL, { budget_usd: NaN })], { name: 'RangeError', message: /budget_usd/ }],
    [[table(relay.baseURL), { segmnt: 1 }], { name: 'TypeError', message: /segmnt/ }],
    [[table(relay.baseURL), { maxConcurrency: 0 }], { name: 'RangeError', message: /1\.\.=1024/ }],
  ]) {
    assert.throws(() => new Client(...given), thrown, inspect(given));
    await assert.rejects(Client.open(...given), thrown, inspect(given));
  }
  for (const [request, thrown] of [
    [{}, { name: 'TypeError', message: /^path is/ }],
    [{ path: '/models', timeout: 5 }, { name: 'TypeError', message: /"timeout"/ }],
    [{ path: '/models', timeoutMs: -1 }, { name: 'RangeError', message: /timeoutMs/ }],
    [{ path: '/x', body: [1] }, { name: 'RangeError', message: /body/ }],
    [{ path: '/x', body: 'text' }, { name: 'TypeError', message: /^body is/ }],
    [{ path: '/x', fallback: () => 1 }, { name: 'TypeError', message: /^fallback is/ }],
    [{ path: '/x', signal: {} }, { name: 'TypeError', message: /AbortSignal/ }],
  ]) {
    await assert.rejects(client.send(request), thrown);
    assert.throws(() => client.stream(request), thrown);
    await assert.rejects(client.batch([request]), thrown);
  }
  await assert.rejects(client.batch([QUESTION], { concurrency: 0 }), { name: 'RangeError' });
  await assert.rejects(client.batch(QUESTION), { name: 'TypeError' });
});

test('the example', async () => {
  const relay = await mock();
  const example = join(root, '../../examples/node/client.mjs');
  const text = readFileSync(example, 'utf8');
  assert.ok(text.trimEnd().split('\n').length <= 30);
  // As a user has it: in a folder where the package is installed.
  const user = join(folder, 'user');
  mkdirSync(join(user, 'node_modules'), { recursive: true });
  symlinkSync(root, join(user, 'node_modules/holysheep-cb'));
  copyFileSync(example, join(user, 'client.mjs'));
  // With a key it asks the real relay.
  const isReal = process.env.HOLYSHEEP_API_KEY !== undefined;
  const env = { HOLYSHEEP_API_KEY: KEY, ...process.env };
  const asked = isReal ? [] : [relay.baseURL];
  const { status, output } = await finished(process.execPath, ['client.mjs', ...asked], { cwd: user, env });
  assert.equal(status, 0, output);
  assert.match(output, /by gpt-4\.1 in \d+ ms, for 0\.\d+ USD\n.+\n$/s);
});
