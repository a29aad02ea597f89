// A process that shares a breaker and does what it is told: {act, ...} in, {did, ...} out.

import { Breaker } from '../../index.mjs';

const [segment, name, config] = process.argv.slice(2);
const breaker = new Breaker(name, { segment, ...JSON.parse(config) });

const acts = {
  /** Fails so many calls. */
  fail: async ({ times }) => {
    for (let i = 0; i < times; i++) await breaker.call(() => Promise.reject(new Error('down'))).catch(() => {});
    return { state: breaker.state };
  },
  /** One call that succeeds, or says that it was rejected. */
  call: () => breaker.call(() => ({ ok: true })).catch(({ code, mode }) => ({ code, mode })),
  /** So many calls that succeed, half of them at once. */
  burst: async ({ times }) => {
    await Promise.all(Array.from({ length: times }, () => breaker.call(async () => 1)));
    return {};
  },
  /** A call that never comes back. */
  hang: async () => {
    void breaker.call(() => new Promise(() => {}));
    return { state: breaker.state };
  },
  /** Tells of every transition from now on. */
  listen: async () => {
    for (const event of ['open', 'halfOpen', 'close']) {
      breaker.on(event, ({ from, to, reason, pid }) => process.send({ event, from, to, reason, pid }));
    }
    return {};
  },
};

process.on('message', async ({ act, ...args }) => process.send({ did: act, ...(await acts[act](args)) }));
process.send({ did: 'start', pid: process.pid });
