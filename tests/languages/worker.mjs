// Workers of a Node cluster: their calls go through `fetch` with a breaker for each host and model.
//
// worker.mjs URL SEGMENT FOLDER WORKERS

import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { existsSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitOpenError, breakerFetch } from '../../bindings/node/index.mjs';

const [url, segment, folder, workers] = process.argv.slice(2);
const body = JSON.stringify({ model: 'gpt-4.1', messages: [{ role: 'user', content: 'Hi' }] });

/** Waits until a stage begins. */
async function stage(number) {
  while (!existsSync(join(folder, `${number}`))) await sleep(2);
}

/** How many calls were made in it. */
function report(number, calls) {
  const written = join(folder, `unfinished.${process.pid}`);
  writeFileSync(written, `${calls}`);
  renameSync(written, join(folder, `${number}.${process.pid}`));
}

async function work() {
  const guarded = breakerFetch(fetch, { segment, onReject: 'throw' });
  /** The status; undefined if it was refused. */
  const call = async () => {
    try {
      const response = await guarded(`${url}/v1/chat/completions`, { method: 'POST', body });
      await response.text();
      return response.status;
    } catch (error) {
      if (!(error instanceof CircuitOpenError)) throw error;
      await sleep(2);
    }
  };

  await stage(1);
  for (let i = 0; i < 20; i++) assert.equal(await call(), 200);
  report(1, 20);

  await stage(2);
  let calls = 0;
  while ((await call()) !== undefined) calls++;
  report(2, calls);

  await stage(3);
  while ((await call()) !== 200);
  report(3, 1);
  process.exit();
}

if (cluster.isPrimary) for (let i = 0; i < workers; i++) cluster.fork();
else await work();
