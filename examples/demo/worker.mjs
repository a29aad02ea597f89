// A worker of `hscb demo` for Node: calls an API through a circuit breaker that other processes may share.
//
// What matters is `guardedCall`: ask, call, say how it went. The rest is how `hscb demo` runs its workers: settings come in
// the environment, one JSON line per fact goes to standard output, and the worker ends when its standard input is closed.
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const { env, hrtime, pid } = process;
// A program of yours says: import { Breaker, CircuitOpenError } from 'holysheep-cb';
const { Breaker, CircuitOpenError } = await import(pathToFileURL(env.HSCB_DEMO_NODE).href);

const MODES = ['closed', 'open', 'half-open', 'forced-open', 'disabled', 'observing']; // by their numbers in the C ABI
const URL = `http://127.0.0.1:${env.HSCB_DEMO_PORT}/v1/chat/completions`;
const TIMEOUT = Number(env.HSCB_DEMO_TIMEOUT_MS);
const REQUEST = {
  method: 'POST',
  headers: { 'content-type': 'application/json', connection: 'close' },
  body: JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] }),
};

/** Reports one fact to the demo. */
function say(fact, details) {
  process.stdout.write(`${JSON.stringify({ fact, at: Number(hrtime.bigint()), ...details })}\n`);
}

/** One real HTTP call; true if the service answered 200 in time. */
async function callApi() {
  try {
    const response = await fetch(URL, { ...REQUEST, signal: AbortSignal.timeout(TIMEOUT) });
    await response.text();
    return response.status === 200;
  } catch {
    return false;
  }
}

/** Asks the breaker, calls, and says how it went; a rejected call costs what an exception costs. */
async function guardedCall(breaker) {
  const began = hrtime.bigint();
  let permit;
  try {
    permit = breaker.admit();
  } catch (error) {
    if (!(error instanceof CircuitOpenError)) throw error;
    say('rejected', { ns: Number(hrtime.bigint() - began) });
    return;
  }
  const asked = hrtime.bigint();
  if (breaker.state === 'half-open') say('probe');
  const ok = await callApi();
  if (ok) permit.success();
  else permit.failure();
  say('result', { ok, ns: Number(hrtime.bigint() - asked) });
}

/** The demo's configuration, whose names are those of C and Python. */
function config() {
  const camel = (name) => name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase());
  return Object.fromEntries(Object.entries(JSON.parse(env.HSCB_DEMO_CONFIG)).map(([name, value]) => [camel(name), value]));
}

process.stdin.on('end', () => process.exit(0)).resume();
process.stdout.on('error', () => process.exit(0)); // the demo is gone: nobody is left to report to

const breaker = new Breaker('chat', { segment: env.HSCB_DEMO_SEGMENT, ...config() });
let seen;
say('hello', { pid });
for (;;) {
  await pause(Number(env.HSCB_DEMO_PACE_MS));
  await guardedCall(breaker);
  if (breaker.state !== seen) {
    seen = breaker.state;
    say('mode', { mode: MODES.indexOf(seen) });
  }
}
