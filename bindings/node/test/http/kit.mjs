// What the tests of HTTP calls share: `hscb mock`, and a loopback server for what that cannot do.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after } from 'node:test';
import { breakerFetch } from '../../index.mjs';
import { root, unique, within } from '../kit.mjs';

const hscb = process.env.HSCB ?? join(root, '../../target/release/hscb');

/** Runs `hscb mock` with these phases (short forms of docs/MOCK.md; left out: healthy) until the tests have ended. */
export async function mock(...phases) {
  assert.ok(existsSync(hscb), `${hscb} is not there: run \`cargo build --release -p holysheep-cb-cli\`, or name it by HSCB`);
  const args = ['mock', '--control-port', '0', ...phases.flatMap((phase) => ['--phase', phase])];
  const running = spawn(hscb, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => running.kill());
  const lines = createInterface({ input: running.stdout })[Symbol.asyncIterator]();
  const [url, control] = [await lines.next(), await lines.next()].map(({ value }) => value.split(' ').pop());
  const ask = async (path, init) => (await fetch(`${control}/control/${path}`, init)).json();
  return {
    url,
    baseURL: `${url}/v1`,
    host: new URL(url).host,
    chat: `${url}/v1/chat/completions`,
    /** How many requests have arrived. */
    received: async () => (await ask('stats')).totals.received,
    /** How many of them were left by their clients. */
    abandoned: async () => (await ask('stats')).totals.abandoned,
    /** Runs a phase that is not in the script. */
    phase: (phase) => ask('phase', { method: 'POST', body: JSON.stringify(phase) }),
  };
}

/** The body of a request for a chat. */
export const chat = (extra = {}) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }], ...extra }),
});

/** A loopback server: `answer(request, response)` says what it does. Counts its requests, and those that clients left. */
export async function serve(answer) {
  const counts = { requests: 0, left: 0 };
  const server = createServer((request, response) => {
    counts.requests++;
    response.on('close', () => (counts.left += response.writableFinished ? 0 : 1));
    answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${server.address().port}`;
  return { counts, server, host, url: `http://${host}` };
}

/** A server's stream of events; each of `parts` is a text, or something to wait for. */
export async function events(response, ...parts) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  for (const part of parts) {
    const text = await part;
    if (typeof text === 'string') response.write(text);
  }
}

export const DATA = 'data: {"choices":[{"delta":{"content":"word"}}]}\n\n';
export const DONE = 'data: [DONE]\n\n';
export const FAULT = 'data: {"error":{"code":"server_error","message":"no more"}}\n\n';

/** Options under which every verdict is kept: in a segment of its own, with the default configuration and what is given. */
export function watched(options = {}) {
  const verdicts = [];
  const said = () => verdicts.map(({ outcome, cause }) => `${outcome}: ${cause}`);
  const settings = { segment: unique('http'), onVerdict: (verdict) => verdicts.push(verdict), ...options };
  return { verdicts, said, settings };
}

/** A fetch that keeps its verdicts. */
export function guarded(fetch, options) {
  const { settings, ...rest } = watched(options);
  return { fetch: breakerFetch(fetch, settings), segment: settings.segment, ...rest };
}

/** A promise, and what settles it. */
export function gate() {
  let open;
  const promise = new Promise((resolve) => (open = resolve));
  return { open, promise: within(promise, 'what a test waits for') };
}
