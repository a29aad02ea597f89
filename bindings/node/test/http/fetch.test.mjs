// breakerFetch over Node's fetch and undici's: the response is judged at the end of its body, and passed on unchanged.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { fetch as undiciFetch } from 'undici-7';
import { Breaker } from '../../index.mjs';
import { until, within } from '../kit.mjs';
import { DATA, DONE, FAULT, chat, events, gate, guarded, mock, serve } from './kit.mjs';

const relay = await mock();
const refusing = await mock('refused');

/** Reads a body to its end; the error that ended it, or undefined. */
async function drain(response) {
  try {
    for await (const chunk of response.body) assert.ok(chunk.byteLength > 0);
  } catch (error) {
    return error;
  }
}

for (const [kind, plain] of Object.entries({ "Node's fetch": globalThis.fetch, "undici's fetch": undiciFetch })) {
  test(`${kind}: a chat, and a stream of the relay`, async () => {
    const { fetch, said, verdicts } = guarded(plain);
    const answer = await (await fetch(relay.chat, chat())).json();
    assert.equal(answer.object, 'chat.completion');
    assert.match(await (await fetch(relay.chat, chat({ stream: true }))).text(), /data: \[DONE\]\n\n$/);
    assert.deepEqual(said(), ['success: ok', 'success: ok']);
    assert.equal(verdicts[0].breaker, `${relay.host}|gpt-4.1`);
  });

  test(`${kind}: chunks pass one by one, and the verdict falls with the last message`, async () => {
    const [second, end] = [gate(), gate()];
    const server = await serve((_, response) => events(response, DATA, second.promise, DONE, end.promise).then(() => response.end()));
    const { fetch, said } = guarded(plain);
    const reader = (await fetch(server.url)).body.getReader();
    const read = async () => Buffer.from((await reader.read()).value ?? '').toString();
    // The server sends the second chunk when the first was read, and ends when the second was.
    assert.deepEqual([await read(), said()], [DATA, []]);
    second.open();
    assert.deepEqual([await read(), said()], [DONE, ['success: ok']]);
    end.open();
    assert.deepEqual([await reader.read(), said()], [{ done: true, value: undefined }, ['success: ok']]);
  });

  test(`${kind}: an error inside of a 200 is a failure`, async () => {
    const server = await serve((_, response) => events(response, DATA, FAULT).then(() => response.end()));
    const { fetch, said } = guarded(plain);
    assert.equal(await (await fetch(server.url)).text(), DATA + FAULT);
    await relay.phase({ kind: 'stream-error' });
    assert.match(await (await fetch(relay.chat, chat({ stream: true }))).text(), /"error"/);
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual(said(), ['failure: stream-error', 'failure: stream-error']);
  });

  test(`${kind}: a stream without data, and one that is cut`, async () => {
    const server = await serve(({ url }, response) => {
      if (url === '/empty') return events(response, ': hello\n\n').then(() => response.end());
      return events(response, DATA).then(() => response.write(DATA, () => response.destroy()));
    });
    const { fetch, said } = guarded(plain);
    assert.equal(await drain(await fetch(`${server.url}/empty`)), undefined);
    const error = await drain(await fetch(`${server.url}/cut`));
    assert.deepEqual([error.name, error.message], ['TypeError', 'terminated']);
    await relay.phase({ kind: 'cut', after_chunks: 2 });
    assert.equal((await drain(await fetch(relay.chat, chat({ stream: true })))).message, 'terminated');
    assert.equal((await drain(await fetch(relay.chat, chat()))).message, 'terminated');
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual(said(), ['failure: empty', 'failure: cut', 'failure: cut', 'failure: cut']);
  });

  test(`${kind}: a stall is a TimeoutError and a failure, and the connection is closed`, async () => {
    const server = await serve((_, response) => events(response, DATA));
    const { fetch, said } = guarded(plain, { chunkTimeout: 50 });
    const error = await drain(await fetch(server.url));
    assert.deepEqual([error.name, error.message], ['TimeoutError', "nothing came of the response's body for 50 ms (chunkTimeout)"]);
    await until(() => server.counts.left === 1, 'the end of the connection');
    await relay.phase({ kind: 'hang', after_chunks: 1 });
    assert.equal((await drain(await fetch(relay.chat, chat({ stream: true })))).name, 'TimeoutError');
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual(said(), ['failure: timeout', 'failure: timeout']);
  });

  test(`${kind}: a reader who is slow is no stall, and the server has to wait for him`, async () => {
    const LARGE = 64 << 20;
    let sent = 0;
    const server = await serve(async (_, response) => {
      response.writeHead(200);
      for (const chunk = Buffer.alloc(1 << 16); sent < LARGE; sent += chunk.length) {
        if (!response.write(chunk)) await once(response, 'drain');
      }
      response.end();
    });
    const { fetch, said } = guarded(plain, { chunkTimeout: 500 });
    const response = await fetch(server.url);
    const reader = response.body.getReader();
    let read = (await reader.read()).value.byteLength;
    // What fits into the buffers of sockets and of fetch has gone; then nothing moves, for longer than a chunk may take.
    let [before, since] = [-1, 0];
    await until(() => (before === sent ? Date.now() - since > 1000 : ([before, since] = [sent, Date.now()]) && false), 'a server that waits');
    assert.ok(sent < LARGE / 2, `${sent} bytes were sent to a reader of ${read}`);
    for (let next; !(next = await reader.read()).done; ) read += next.value.byteLength;
    assert.deepEqual([read, said()], [LARGE, ['success: ok']]);
  });

  test(`${kind}: a busy event loop is no stall: what came meanwhile is read first`, async () => {
    await relay.phase({ kind: 'healthy', chunks: 20, interval_ms: 100 });
    const { fetch, said } = guarded(plain, { chunkTimeout: 1000 });
    const reader = (await fetch(relay.chat, chat({ stream: true }))).body.getReader();
    await reader.read();
    const waiting = reader.read();
    await new Promise(setImmediate);
    for (const until = Date.now() + 1500; Date.now() < until; );
    for (let next = await waiting; !next.done; ) next = await reader.read();
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual(said(), ['success: ok']);
  });

  test(`${kind}: who leaves is ignored, and the connection is closed`, async () => {
    const server = await serve((_, response) => events(response, DATA));
    const { fetch, said } = guarded(plain);
    for await (const chunk of (await fetch(server.url)).body) if (chunk) break;
    const reader = (await fetch(server.url)).body.getReader();
    await reader.cancel();
    await (await fetch(server.url)).body.cancel();
    await until(() => server.counts.left === 3, 'the end of the connections');
    assert.deepEqual(said(), Array(3).fill('ignored: abandoned'));
  });

  test(`${kind}: an abort before and after the headers is ignored, a time-out is a failure`, async () => {
    const server = await serve(({ url }, response) => (url === '/hang' ? undefined : events(response, DATA)));
    const { fetch, said } = guarded(plain);
    const reason = new Error('not wanted any more');
    const before = new AbortController();
    const hung = fetch(`${server.url}/hang`, { signal: before.signal });
    await until(() => server.counts.requests === 1, 'the request');
    before.abort(reason);
    await assert.rejects(hung, reason);
    const later = new AbortController();
    const response = await fetch(server.url, { signal: later.signal });
    later.abort(reason);
    assert.equal(await drain(response), reason);
    // Nobody reads this one.
    const idle = new AbortController();
    await fetch(server.url, { signal: idle.signal });
    idle.abort();
    await until(() => said().length === 3, 'the verdict on a body that nobody reads');
    assert.deepEqual(said(), Array(3).fill('ignored: abandoned'));
    await assert.rejects(fetch(`${server.url}/hang`, { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
    assert.equal((await drain(await fetch(server.url, { signal: AbortSignal.timeout(60) }))).name, 'TimeoutError');
    // As SDKs have it: a timer that aborts without a reason.
    const timed = new AbortController();
    setTimeout(() => timed.abort(), 20);
    await assert.rejects(fetch(`${server.url}/hang`, { signal: timed.signal }), { name: 'AbortError' });
    assert.deepEqual(said().slice(3), Array(3).fill('failure: timeout'));
    // Aborted before it was made: no call at all.
    await assert.rejects(fetch(server.url, { signal: AbortSignal.abort(reason) }), reason);
    assert.equal(said().length, 6);
  });

  test(`${kind}: no connection is a failure; wrong arguments, and what goes to no host, are nobody's`, async () => {
    const { fetch, said, segment } = guarded(plain);
    await assert.rejects(fetch(refusing.chat, chat()), (error) => error.cause.code === 'ECONNREFUSED');
    assert.deepEqual(said(), ['failure: cut']);
    await assert.rejects(fetch(relay.chat, { method: 'GET', body: 'x' }), TypeError);
    await assert.rejects(fetch('no URL'), TypeError);
    assert.equal(await (await fetch('data:,hello')).text(), 'hello');
    assert.equal(said().length, 1);
    const { failures, ignored } = new Breaker(relay.host, { segment }).snapshot().totals;
    assert.deepEqual([failures, ignored], [0, 1]);
  });

  test(`${kind}: responses are what they were`, async () => {
    const zipped = gzipSync('hello '.repeat(1000));
    const routes = {
      '/json': (r) => r.writeHead(201, 'Made', { 'content-type': 'application/json', 'set-cookie': ['a=1', 'b=2'] }).end('{"a":[1]}'),
      '/zipped': (r) => r.writeHead(200, { 'content-encoding': 'gzip', 'content-type': 'text/plain' }).end(zipped),
      '/moved': (r) => r.writeHead(302, { location: '/json' }).end('elsewhere'),
      '/nothing': (r) => r.writeHead(204).end(),
      '/unchanged': (r) => r.writeHead(304, { etag: 'x' }).end(),
      '/missing': (r) => r.writeHead(404, { 'content-type': 'application/json' }).end('{"error":{"code":"model_not_found"}}'),
      '/broken': (r) => r.writeHead(500).end('oh'),
      '/empty': (r) => r.writeHead(200).end(),
    };
    const server = await serve(({ url }, response) => routes[url](response));
    const { fetch, said } = guarded(plain, { failureThreshold: 0, minCalls: 1 << 20 });
    const shown = async (response) => {
      const { status, statusText, ok, url, redirected, type, bodyUsed } = response;
      const headers = [...response.headers].filter(([name]) => name !== 'date');
      const [copy, kind] = [response.clone(), Object.getPrototypeOf(response) === Object.getPrototypeOf(await plain('data:,'))];
      const [bytes, text] = [Buffer.from(await response.arrayBuffer()).toString('base64'), await copy.text()];
      return { status, statusText, ok, url, redirected, type, bodyUsed, headers, copy: copy.url, kind, bytes, text, used: response.bodyUsed };
    };
    const requests = Object.keys(routes).flatMap((path) => [[path, {}], [path, { method: 'HEAD' }], [path, { redirect: 'manual' }]]);
    for (const [path, init] of requests) {
      const [is, should] = [await fetch(server.url + path, init), await plain(server.url + path, init)];
      assert.deepEqual(await shown(is), await shown(should), `${path} ${JSON.stringify(init)}`);
    }
    assert.equal(said().length, requests.length);
    assert.deepEqual(new Set(said()), new Set(['success: ok', 'ignored: client-error', 'failure: server-error']));
    const lent = (await fetch(`${server.url}/json`)).body.getReader({ mode: 'byob' });
    const read = async () => {
      const { done, value } = await within(lent.read(new Uint8Array(5)), 'the rest of the body');
      return done ? undefined : Buffer.from(value).toString();
    };
    assert.deepEqual([await read(), await read(), await read()], ['{"a":', '[1]}', undefined]);
    await assert.rejects((await fetch(`${server.url}/zipped`)).json(), SyntaxError);
  });
}
