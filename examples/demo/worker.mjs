// A worker of `hscb demo` in Node: calls an API through a circuit breaker that other processes may share.
//
// What matters is `guardedCall`: ask, call, record. The rest is how `hscb demo` runs its workers: settings come in the
// environment, one JSON line per fact goes to standard output, and the worker ends when its standard input is closed.

import { writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const { HSCB_DEMO_NODE, HSCB_DEMO_PORT, HSCB_DEMO_TIMEOUT_MS, HSCB_DEMO_PACE_MS, HSCB_DEMO_SEGMENT, HSCB_DEMO_CONFIG } = process.env;
const { Breaker, CircuitOpenError } = await import(pathToFileURL(HSCB_DEMO_NODE));

const URL_OF_CHAT = `http://127.0.0.1:${HSCB_DEMO_PORT}/v1/chat/completions`;
const BODY = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] });
/** In the order of the numbers HSCB_CLOSED, HSCB_OPEN, ... */
const MODES = ['closed', 'open', 'half-open', 'forced-open', 'disabled', 'observing'];

/** The breaker `chat`: in the segment that the environment names, else this process's own. */
function openBreaker() {
  const camelCase = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  const config = Object.entries(JSON.parse(HSCB_DEMO_CONFIG)).map(([name, value]) => [camelCase(name), value]);
  return new Breaker('chat', { segment: HSCB_DEMO_SEGMENT || undefined, ...Object.fromEntries(config) });
}

/** ns on the monotonic clock, which is that of `hscb_now_ns`. */
const now = () => Number(process.hrtime.bigint());

/** Reports one fact to the demo. */
function say(fact, details) {
  try {
    writeSync(1, `${JSON.stringify({ fact, at: now(), ...details })}\n`);
  } catch {
    process.exit(0); // the demo is gone: nobody is left to report to
  }
}

/** One real HTTP call; true if the service answered 200 in time. */
async function callApi() {
  const signal = AbortSignal.timeout(Number(HSCB_DEMO_TIMEOUT_MS));
  const headers = { 'content-type': 'application/json' };
  try {
    const response = await fetch(URL_OF_CHAT, { method: 'POST', body: BODY, headers, signal });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** The permit of a call; undefined if it is rejected. */
function ask(breaker) {
  try {
    return breaker.admit();
  } catch (error) {
    if (error instanceof CircuitOpenError) return undefined;
    throw error;
  }
}

/** Asks the breaker, calls, and records how it went; a rejected call costs what `admit` costs. */
async function guardedCall(breaker) {
  const began = now();
  const permit = ask(breaker);
  const asked = now();
  if (permit === undefined) return say('rejected', { ns: asked - began });
  if (breaker.state === 'half-open') say('probe');
  const ok = await callApi();
  if (ok) permit.success();
  else permit.failure();
  say('result', { ok, ns: now() - asked });
}

/** Calls at its own pace until standard input is closed. */
async function main() {
  const breaker = openBreaker();
  let isOver = false;
  const end = new Promise((resolve) => process.stdin.on('close', () => resolve((isOver = true))).resume());
  say('hello', { pid: process.pid });
  for (let seen; await Promise.race([sleep(Number(HSCB_DEMO_PACE_MS)), end]), !isOver; ) {
    await guardedCall(breaker);
    if (breaker.state === seen) continue;
    seen = breaker.state;
    say('mode', { mode: MODES.indexOf(seen) });
  }
}

await main();
process.exit(0); // a connection that is kept alive is no reason to stay
