// What HTTP calls leave behind: nothing.

import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import { Agent, request } from 'undici-7';
import { breakerFetch, breakerInterceptor } from '../../index.mjs';
import { DATA, DONE, events, serve } from './kit.mjs';
import { FLAT_MIB, growth } from '../memory.mjs';
import { until } from '../kit.mjs';

const CALLS = 2000;
const AT_ONCE = 20;

const server = await serve((_, response) => events(response, DATA, DATA, DONE).then(() => response.end()));
const dispatcher = new Agent().compose(breakerInterceptor());
const { signal } = new AbortController();
// Node's own fetch leaves a listener for each request, until that is collected, and warns.
setMaxListeners(0, signal);
let verdicts = 0;
const fetch = breakerFetch(globalThis.fetch, { onVerdict: () => verdicts++ });

const ways = {
  'read to their end': async () => (await fetch(server.url)).text(),
  'read under one signal': async () => (await fetch(server.url, { signal })).text(),
  'broken off': async () => (await fetch(server.url)).body.cancel(),
  'through the interceptor': async () => (await request(server.url, { dispatcher })).body.text(),
};
for (const [way, call] of Object.entries(ways)) {
  test(`thousands of streams leave nothing: ${way}`, async () => {
    const grown = await growth(async () => {
      for (let i = 0; i < CALLS; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, call));
    });
    assert.ok(grown < FLAT_MIB, `grew by ${grown.toFixed(1)} MiB`);
  });
}

test('a thousand streams that are forgotten leave nothing, and give their permits back', async () => {
  const forgotten = 1000;
  const grown = await growth(async () => {
    verdicts = 0;
    for (let i = 0; i < forgotten; i += AT_ONCE) await Promise.all(Array.from({ length: AT_ONCE }, () => fetch(server.url)));
    await until(() => (globalThis.gc(), verdicts === forgotten), 'the verdicts on all of them');
  });
  assert.ok(grown < FLAT_MIB, `grew by ${grown.toFixed(1)} MiB`);
});
