// A thread with calls, streams and a batch out, until it is terminated.

import { workerData } from 'node:worker_threads';
import { Client } from '../../index.mjs';

const client = new Client(workerData.table);
for (let i = 0; i < 3; i++) {
  void client.chat('gpt-4.1', 'Hi');
  void client.chatStream('gpt-4.1', 'Hi').next();
}
void client.batch(Array(4).fill({ path: '/models' }), { concurrency: 4 });
