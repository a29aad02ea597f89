// A cluster: each worker takes units until there are none, and the primary prints how many there were.

import cluster from 'node:cluster';
import { once } from 'node:events';
import { Limiter } from '../../index.mjs';

const limiter = new Limiter('relay', { segment: 'limited', limit: 1, periodMs: 86_400_000, burst: 100 });

if (cluster.isPrimary) {
  const workers = Array.from({ length: 4 }, () => cluster.fork());
  const ends = workers.map((worker) => once(worker, 'exit'));
  const reports = await Promise.all(workers.map(async (worker) => (await once(worker, 'message'))[0]));
  await Promise.all(ends);
  const { admitted, units } = limiter.snapshot();
  console.log(JSON.stringify({ admitted, units, went: reports.reduce((sum, went) => sum + went, 0) }));
} else {
  let went = 0;
  while (limiter.tryAcquire()) went++;
  process.send(went, () => process.disconnect());
}
