// The openai SDK, versions 6 and 7, over breakerFetch: what it gets, how often it asks, and what the breaker learns.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Agent } from 'undici-7';
import { Breaker, CircuitOpenError, breakerFetch, breakerInterceptor } from '../../index.mjs';
import { events, mock, serve, watched } from './kit.mjs';
import { until } from '../kit.mjs';

const relay = await mock();
const question = { model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] };

/** A stream of the Responses API. */
const responses = [
  { type: 'response.created', response: { id: 'resp_1', status: 'in_progress' } },
  { type: 'response.output_text.delta', delta: 'Hello' },
];
const completed = { type: 'response.completed', response: { id: 'resp_1', status: 'completed', output: [] } };
const failed = { type: 'response.failed', response: { id: 'resp_1', error: { code: 'rate_limit_exceeded', message: 'slow down' } } };
const asEvent = (event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;

for (const major of [6, 7]) {
  const { default: OpenAI } = await import(`openai-${major}`);
  const on = (what, run) => test(`openai ${major}: ${what}`, run);

  /** A client whose calls are watched. Retries come at once. */
  const client = (settings = {}, options = {}) => {
    const { settings: all, ...rest } = watched(settings);
    const protectedFetch = breakerFetch(fetch, all);
    const openai = new OpenAI({ apiKey: 'k', baseURL: relay.baseURL, fetch: protectedFetch, ...options });
    openai.calculateDefaultRetryTimeoutMillis = () => 1;
    const breaker = () => new Breaker(`${new URL(openai.baseURL).host}|gpt-4.1`, { segment: all.segment });
    return { openai, breaker, ...rest };
  };

  on('a chat, embeddings, models, and a stream', async () => {
    const { openai, said, breaker } = client();
    const answer = await openai.chat.completions.create(question);
    assert.ok(answer.choices[0].message.content);
    let text = '';
    for await (const chunk of await openai.chat.completions.create({ ...question, stream: true })) text += chunk.choices[0]?.delta?.content ?? '';
    assert.ok(text.split(' ').length > 1, text);
    assert.equal((await openai.embeddings.create({ model: 'text-embedding-3-small', input: 'x' })).data.length, 1);
    assert.ok((await openai.models.list()).data.length > 0);
    assert.deepEqual(said(), Array(4).fill('success: ok'));
    assert.deepEqual(breaker().segment.names().sort(), ['', '|gpt-4.1', '|text-embedding-3-small'].map((model) => relay.host + model));
  });

  on('the Responses API: a stream that completes, one that fails inside', async () => {
    const server = await serve(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += chunk;
      const last = JSON.parse(body).input === 'fail' ? failed : completed;
      await events(response, ...responses.map(asEvent), asEvent(last));
      response.end();
    });
    const { openai, said, breaker } = client({}, { baseURL: server.url });
    const types = async (input) => {
      const seen = [];
      for await (const event of await openai.responses.create({ model: 'gpt-4.1', input, stream: true })) seen.push(event.type);
      return seen.at(-1);
    };
    assert.deepEqual([await types('Hi'), await types('fail')], ['response.completed', 'response.failed']);
    assert.deepEqual(said(), ['success: ok', 'failure: rate-limited']);
    assert.equal(breaker().snapshot().totals.successes, 1);
  });

  on('an outage is not multiplied, and a refusal is not retried', async () => {
    await relay.phase({ kind: '503' });
    const { openai, said, breaker } = client();
    const before = await relay.received();
    const errors = [];
    for (let i = 0; i < 20; i++) errors.push(await openai.chat.completions.create(question).catch((error) => error));
    await relay.phase({ kind: 'healthy' });
    // Without a breaker it would have been 60: each call is tried three times.
    assert.equal((await relay.received()) - before, 5);
    assert.deepEqual(said(), Array(5).fill('failure: overloaded'));
    // Three tries of the first call and two of the second; its third was refused, and all 18 calls after it, once each.
    assert.equal(breaker().snapshot().totals.rejected, 19);
    const last = errors.at(-1);
    assert.ok(last instanceof OpenAI.InternalServerError);
    assert.deepEqual([last.status, last.code, last.error.breaker], [503, 'circuit_open', breaker().name]);
    assert.match(last.message, /^503 the circuit breaker .* rejects calls/);
    assert.match(last.headers.get('retry-after'), /^\d+$/);
  });

  on('429 with a waiting time opens at once: one request, for all', async () => {
    await relay.phase({ kind: '429', retry_after: 5 });
    const { openai, breaker } = client();
    const before = await relay.received();
    const calls = () => openai.chat.completions.create(question).catch((error) => error);
    openai.maxRetries = 0;
    assert.ok((await calls()) instanceof OpenAI.RateLimitError);
    openai.maxRetries = 2;
    assert.deepEqual((await Promise.all(Array.from({ length: 10 }, calls))).map(({ code }) => code), Array(10).fill('circuit_open'));
    await relay.phase({ kind: 'healthy' });
    assert.equal((await relay.received()) - before, 1);
    assert.ok(breaker().snapshot().openRemainingMs > 3000);
  });

  on('its own time-out is a failure of the service, though it aborts like a user', async () => {
    await relay.phase({ kind: 'hang' });
    const { openai, said, breaker } = client({ failureThreshold: 2 }, { timeout: 1000, maxRetries: 5 });
    const before = await relay.received();
    const error = await openai.chat.completions.create(question).catch((caught) => caught);
    assert.equal(error.code, 'circuit_open');
    assert.deepEqual(said(), ['failure: timeout', 'failure: timeout']);
    assert.equal((await relay.received()) - before, 2);
    assert.equal(breaker().state, 'open');
    await relay.phase({ kind: 'healthy' });
  });

  on('a user who leaves is ignored', async () => {
    await relay.phase({ kind: 'hang', after_chunks: 2 });
    const { openai, said } = client();
    for await (const chunk of await openai.chat.completions.create({ ...question, stream: true })) if (chunk) break;
    const controller = new AbortController();
    const before = await relay.received();
    const waiting = openai.chat.completions.create(question, { signal: controller.signal });
    await until(async () => (await relay.received()) > before, 'the request');
    controller.abort();
    await assert.rejects(waiting, OpenAI.APIUserAbortError);
    await relay.phase({ kind: 'healthy' });
    await until(() => said().length === 2, 'two verdicts');
    assert.deepEqual(said(), Array(2).fill('ignored: abandoned'));
  });

  on('streams that fail inside, are cut and stall', async () => {
    const [patient, brief] = [client(), client({ chunkTimeout: 100 })];
    const read = async ({ openai }) => {
      for await (const chunk of await openai.chat.completions.create({ ...question, stream: true })) assert.ok(chunk);
    };
    await relay.phase({ kind: 'stream-error' });
    await assert.rejects(read(patient), OpenAI.APIError);
    await relay.phase({ kind: 'cut', after_chunks: 2 });
    await assert.rejects(read(patient), /terminated/);
    await relay.phase({ kind: 'hang', after_chunks: 2 });
    await assert.rejects(read(brief), { name: 'TimeoutError' });
    await relay.phase({ kind: 'healthy' });
    assert.deepEqual([patient.said(), brief.said()], [['failure: stream-error', 'failure: cut'], ['failure: timeout']]);
  });

  on('with the interceptor as its dispatcher, its time-out is a failure, too', async () => {
    await relay.phase({ kind: 'hang' });
    const { settings, said } = watched({ failureThreshold: 1 });
    const dispatcher = new Agent().compose(breakerInterceptor(settings));
    const openai = new OpenAI({ apiKey: 'k', baseURL: relay.baseURL, timeout: 200, maxRetries: 0, fetchOptions: { dispatcher } });
    await assert.rejects(openai.chat.completions.create(question), OpenAI.APIConnectionTimeoutError);
    const refused = await openai.chat.completions.create(question).catch((error) => error);
    await relay.phase({ kind: 'healthy' });
    assert.ok(refused instanceof OpenAI.APIConnectionError);
    assert.ok(refused.cause.cause instanceof CircuitOpenError);
    assert.deepEqual(said(), ['failure: timeout']);
  });
}
