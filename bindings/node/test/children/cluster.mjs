// A cluster: each worker fails calls until the breaker is open, and the primary prints what became of it.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { Breaker } from '../../index.mjs';

const WORKERS = 4;
const breaker = new Breaker('relay', { segment: 'cluster', failureThreshold: 10 });

if (cluster.isPrimary) {
  const workers = Array.from({ length: WORKERS }, () => cluster.fork());
  const ends = workers.map((worker) => once(worker, 'exit'));
  const reports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  await Promise.all(ends);
  const { totals } = breaker.snapshot();
  const calls = reports.reduce((sum, { failed }) => sum + failed, 0);
  console.log(JSON.stringify({ state: breaker.state, reports: reports.length, calls, totals }));
} else {
  let failed = 0;
  for (;;) {
    const error = await breaker.call(() => Promise.reject(new Error('down'))).catch((caught) => caught);
    if (error.code === 'EOPENBREAKER') break;
    failed++;
  }
  process.send({ failed }, () => process.disconnect());
}
