// breakerInterceptor in dispatchers of undici 7 and 8, for undici.request, its fetch, and Node's.

import assert from 'node:assert/strict';
import { getEventListeners, once } from 'node:events';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Breaker, CircuitOpenError, breakerInterceptor } from '../../index.mjs';
import { DATA, DONE, FAULT, chat, events, gate, mock, serve, watched } from './kit.mjs';
import { unique, until } from '../kit.mjs';

const relay = await mock();
const refusing = await mock('refused');

/** The undici of this major version; undefined where this Node is too old for it. */
async function load(major) {
  const [node, minor] = process.versions.node.split('.').map(Number);
  if (major === 8 && (node < 22 || (node === 22 && minor < 19))) return undefined;
  return import(`undici-${major}`);
}

for (const major of [7, 8]) {
  const undici = await load(major);
  const options = { skip: undici === undefined && `undici ${major} needs Node 22.19, and this is ${process.versions.node}` };
  const on = (what, run) => test(`undici ${major}: ${what}`, options, run);

  /** A dispatcher with the interceptor, and `request` over it. */
  const guarded = (settings = {}, ...others) => {
    const { settings: all, ...rest } = watched(settings);
    const dispatcher = new undici.Agent().compose(breakerInterceptor(all), ...others);
    const request = (url, init) => undici.request(url, { ...init, dispatcher });
    return { dispatcher, request, segment: all.segment, ...rest };
  };

  const drain = async ({ body }) => {
    try {
      for await (const chunk of body) assert.ok(chunk.byteLength > 0);
    } catch (error) {
      return error;
    }
  };

  on('a chat, a stream, and whose breaker it is', async () => {
    const { request, said, verdicts, segment } = guarded();
    const post = (extra) => request(relay.chat, { method: 'POST', ...chat(extra) });
    assert.equal((await (await post()).body.json()).object, 'chat.completion');
    assert.match(await (await post({ stream: true })).body.text(), /data: \[DONE\]\n\n$/);
    await (await request(`${relay.baseURL}/models`)).body.json();
    assert.deepEqual(said(), Array(3).fill('success: ok'));
    assert.deepEqual(verdicts.map(({ breaker }) => breaker), [`${relay.host}|gpt-4.1`, `${relay.host}|gpt-4.1`, relay.host]);
    assert.equal(new Breaker(relay.host, { segment }).snapshot().totals.successes, 1);
  });

  on('chunks pass one by one, and the verdict falls with the last message', async () => {
    const [second, end] = [gate(), gate()];
    const server = await serve((_, response) => events(response, DATA, second.promise, DONE, end.promise).then(() => response.end()));
    const { request, said } = guarded();
    const { body, statusCode, headers } = await request(server.url);
    assert.deepEqual([statusCode, headers['content-type']], [200, 'text/event-stream']);
    const chunks = body[Symbol.asyncIterator]();
    assert.deepEqual([String((await chunks.next()).value), said()], [DATA, []]);
    second.open();
    assert.deepEqual([String((await chunks.next()).value), said()], [DONE, ['success: ok']]);
    end.open();
    assert.equal((await chunks.next()).done, true);
    assert.equal(said().length, 1);
  });

  on('streams that fail inside, are cut, stall', async () => {
    const server = await serve(async ({ url }, response) => {
      await events(response, url === '/empty' ? ':\n\n' : DATA, url === '/fault' && FAULT);
      if (url === '/cut') response.write(DATA, () => response.destroy());
      else if (url !== '/stall') response.end();
    });
    const { request, said } = guarded({ chunkTimeout: 1000 });
    const read = async (path) => drain(await request(server.url + path));
    assert.deepEqual([await read('/fault'), await read('/empty')], [undefined, undefined]);
    assert.equal((await read('/cut')).code, 'UND_ERR_SOCKET');
    const stalled = await read('/stall');
    assert.deepEqual([stalled.name, stalled.message], ['TimeoutError', "nothing came of the response's body for 1000 ms (chunkTimeout)"]);
    await until(() => server.counts.left === 2, 'the end of both connections');
    assert.deepEqual(said(), ['failure: stream-error', 'failure: empty', 'failure: cut', 'failure: timeout']);
  });

  on('time-outs of undici itself are failures', async () => {
    const server = await serve(({ url }, response) => (url === '/hang' ? undefined : events(response, DATA)));
    const { settings, said } = watched();
    const agent = new undici.Agent({ headersTimeout: 50, bodyTimeout: 50 }).compose(breakerInterceptor(settings));
    await assert.rejects(undici.request(`${server.url}/hang`, { dispatcher: agent }), { code: 'UND_ERR_HEADERS_TIMEOUT' });
    assert.equal((await drain(await undici.request(server.url, { dispatcher: agent }))).code, 'UND_ERR_BODY_TIMEOUT');
    await assert.rejects(undici.request(refusing.url, { dispatcher: agent }), { code: 'ECONNREFUSED' });
    assert.deepEqual(said(), ['failure: timeout', 'failure: timeout', 'failure: cut']);
  });

  on('who leaves is ignored; a time-out is a failure', async () => {
    const server = await serve(({ url }, response) => (url === '/hang' ? undefined : events(response, DATA)));
    const { request, said } = guarded();
    for await (const chunk of (await request(server.url)).body) if (chunk) break;
    const { body } = await request(server.url);
    body.on('error', () => {}).destroy();
    const early = new AbortController();
    const hung = request(`${server.url}/hang`, { signal: early.signal });
    await until(() => server.counts.requests === 3, 'the request');
    early.abort();
    await assert.rejects(hung, { name: 'AbortError' });
    const late = new AbortController();
    const response = await request(server.url, { signal: late.signal });
    late.abort();
    assert.ok(await drain(response));
    await until(() => said().length === 4, 'four verdicts');
    assert.deepEqual(said(), Array(4).fill('ignored: abandoned'));
    await assert.rejects(request(`${server.url}/hang`, { signal: AbortSignal.timeout(20) }), { name: 'TimeoutError' });
    assert.ok(await drain(await request(server.url, { signal: AbortSignal.timeout(50) })));
    assert.deepEqual(said().slice(4), Array(2).fill('failure: timeout'));
  });

  on('a signal that outlives its calls hears no more of them', async () => {
    const server = await serve((_, response) => response.end());
    const { request } = guarded();
    const { signal } = new AbortController();
    await (await request(server.url, { signal })).body.text();
    await assert.rejects(request(refusing.url, { signal }), { code: 'ECONNREFUSED' });
    await until(() => getEventListeners(signal, 'abort').length === 0, 'a signal without listeners');
  });

  on('what its user does wrong is no failure of the service', async () => {
    const server = await serve((_, response) => response.end());
    const { request, dispatcher, said } = guarded();
    await assert.rejects(request(server.url, { headers: ['no value'] }), { code: 'UND_ERR_INVALID_ARG' });
    await assert.rejects(undici.fetch(server.url, { dispatcher, headers: { 'transfer-encoding': 'x' } }), TypeError);
    await dispatcher.close();
    await assert.rejects(request(server.url), { code: /^UND_ERR_(CLOSED|DESTROYED)$/ });
    assert.deepEqual(said(), Array(3).fill('ignored: abandoned'));
    const broken = breakerInterceptor({ segment: unique('http') })(() => {
      throw new Error('a dispatcher that throws');
    });
    assert.throws(() => broken({ origin: server.url, path: '/' }, { onRequestStart() {} }), /a dispatcher that throws/);
  });

  on('a reader who is slow is no stall', async () => {
    const TOTAL = 8 << 20;
    const server = await serve((_, response) => response.end(Buffer.alloc(TOTAL)));
    const { request, said } = guarded({ chunkTimeout: 500 });
    const { body } = await request(server.url);
    await once(body, 'readable');
    // Longer than a chunk may take, with the body paused by its own full buffer.
    await new Promise((resolve) => setTimeout(resolve, 1200));
    assert.deepEqual(said(), []);
    assert.equal((await body.arrayBuffer()).byteLength, TOTAL);
    assert.deepEqual(said(), ['success: ok']);
  });

  on('a busy event loop is no stall: what came meanwhile is read first', async () => {
    await relay.phase({ kind: 'healthy', chunks: 20, interval_ms: 100 });
    const { request, said } = guarded({ chunkTimeout: 1000 });
    const { method, headers, body: text } = chat({ stream: true });
    const { body } = await request(relay.chat, { method, headers, body: text });
    const chunks = body[Symbol.asyncIterator]();
    await chunks.next();
    for (const until = Date.now() + 1500; Date.now() < until; );
    for (let next; !(next = await chunks.next()).done; ) assert.ok(next.value);
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual(said(), ['success: ok']);
  });

  on('a refusal is a CircuitOpenError and no request; retries do not multiply', async () => {
    await relay.phase({ kind: '503' });
    const { request, said, segment } = guarded({ failureThreshold: 2 }, undici.interceptors.retry({ maxRetries: 5, minTimeout: 1 }));
    const before = await relay.received();
    const get = () => request(`${relay.baseURL}/models`);
    await assert.rejects(get(), (error) => error instanceof CircuitOpenError && error.breaker === relay.host);
    await assert.rejects(get(), CircuitOpenError);
    await relay.phase({ kind: 'healthy' });
    assert.equal((await relay.received()) - before, 2, 'two open it, and nothing goes after');
    assert.deepEqual(said(), Array(2).fill('failure: overloaded'));
    assert.equal(new Breaker(relay.host, { segment }).snapshot().totals.rejected, 2);
  });

  on('429 opens for as long as it says', async () => {
    await relay.phase({ kind: '429', retry_after: 2.5, retry_after_ms: true });
    const { request, segment, verdicts } = guarded();
    await (await request(relay.chat, { method: 'POST', ...chat() })).body.dump();
    await relay.phase({ kind: 'healthy' });
    const { mode, openRemainingMs } = new Breaker(`${relay.host}|gpt-4.1`, { segment }).snapshot();
    assert.deepEqual([mode, verdicts[0].retryAfterMs], ['open', 2500]);
    assert.ok(openRemainingMs > 1000 && openRemainingMs <= 2501, openRemainingMs);
  });

  on('a body that comes compressed is not read, unless it is decompressed before', async () => {
    const server = await serve((_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' }).end(gzipSync(DATA + FAULT));
    });
    const raw = guarded();
    assert.equal((await (await raw.request(server.url)).body.arrayBuffer()).byteLength, gzipSync(DATA + FAULT).length);
    assert.deepEqual(raw.said(), ['success: ok']);
    // The interceptor that is composed first is nearer to the network.
    const { settings, said } = watched();
    const dispatcher = new undici.Agent().compose(undici.interceptors.decompress(), breakerInterceptor(settings));
    assert.equal(await (await undici.request(server.url, { dispatcher })).body.text(), DATA + FAULT);
    assert.deepEqual(said(), ['failure: stream-error']);
  });

  on('fetch over the dispatcher', async () => {
    const { dispatcher, said, verdicts, segment } = guarded({ failureThreshold: 1 });
    const kinds = { undici: undici.fetch };
    // undici 8 has another interface than the fetch of Node 24 and before.
    if (major === 7) kinds.node = fetch;
    const server = await serve(async ({ url }, response) => {
      await events(response, DATA, url === '/fault' && FAULT, url === '/' && DONE);
      if (url !== '/open') response.end();
    });
    for (const get of Object.values(kinds)) {
      assert.equal(await (await get(server.url, { dispatcher })).text(), DATA + DONE);
      assert.equal(await (await get(`${server.url}/fault`, { dispatcher })).text(), DATA + FAULT);
      await assert.rejects(get(server.url, { dispatcher }), (error) => error.cause instanceof CircuitOpenError);
      new Breaker(server.host, { segment }).reset();
      const controller = new AbortController();
      const response = await get(`${server.url}/open`, { dispatcher, signal: controller.signal });
      controller.abort();
      await assert.rejects(response.text(), { name: 'AbortError' });
      await until(() => said().length === 3, 'three verdicts');
      assert.deepEqual(said(), ['success: ok', 'failure: stream-error', 'ignored: abandoned']);
      verdicts.length = 0;
    }
    assert.equal(server.counts.requests, 3 * Object.keys(kinds).length);
  });

  on('a Client with one origin; upgrades; information before the answer', async () => {
    const server = await serve((_, response) => response.writeEarlyHints({ link: '</a>; rel=preload' }, () => response.end('{}')));
    server.server.on('upgrade', (_, socket) => socket.end('HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'));
    const { settings, said, verdicts } = watched({ origin: server.url });
    const client = new undici.Client(server.url);
    const dispatcher = client.compose(breakerInterceptor(settings));
    assert.equal(await (await dispatcher.request({ path: '/', method: 'GET' })).body.text(), '{}');
    const { socket } = await dispatcher.upgrade({ path: '/', protocol: 'x' });
    socket.destroy();
    assert.deepEqual([said(), verdicts[0].breaker], [['success: ok', 'success: ok'], server.host]);
    await client.destroy();
  });

  on('whoever shares the segment is told', async () => {
    const segment = unique('segment');
    const [one, two] = [guarded({ segment, failureThreshold: 1 }), guarded({ segment, failureThreshold: 1 })];
    const server = await serve((_, response) => response.writeHead(500).end());
    await (await one.request(server.url)).body.dump();
    await assert.rejects(two.request(server.url), CircuitOpenError);
    assert.equal(server.counts.requests, 1);
  });
}

test('options that are wrong are refused when it is made', () => {
  assert.throws(() => breakerInterceptor({ onReject: 'throw' }), /there is no option "onReject"; allowed are .*chunkTimeout.*origin/);
  assert.throws(() => breakerInterceptor({ origin: 'nowhere' }), /origin is "nowhere", but must be a URL/);
  const dispatch = breakerInterceptor()(() => true);
  assert.throws(() => dispatch({ origin: 'http://x', path: '/' }, { onConnect() {} }), /needs handlers as undici 7 and later have them/);
});
