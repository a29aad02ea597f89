// A thread that shares a breaker of its process: calls without end, listens, and is ended from outside.

import { parentPort, workerData } from 'node:worker_threads';
import { Breaker } from '../../index.mjs';

const { name, segment, task } = workerData;
const breaker = new Breaker(name, { segment, failureThreshold: 0, minCalls: 1 << 20 });

const tasks = {
  /** So many calls, every tenth of which fails. */
  async calls() {
    for (let i = 0; i < workerData.times; i++) {
      await breaker.call(() => (i % 10 === 0 ? Promise.reject(new Error('down')) : i)).catch(() => {});
    }
    parentPort.postMessage('done');
  },
  /** Calls, listens and iterates until it is terminated. */
  async forever() {
    breaker.on('open', () => {}).on('success', () => {});
    void breaker.segment.events().next();
    breaker.call(() => new Promise(() => {})).catch(() => {});
    parentPort.postMessage('ready');
    for (;;) {
      await Promise.allSettled([breaker.call(() => 1), breaker.call(() => new Promise(setImmediate))]);
      breaker.trip();
      breaker.reset();
    }
  },
  /** Tells of the next opening. */
  async hear() {
    breaker.once('open', ({ pid }) => parentPort.postMessage({ pid }));
    parentPort.on('message', () => {});
    parentPort.postMessage('ready');
  },
};
await tasks[task]();
