// Nothing here keeps a process alive, and nothing crashes when one ends.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { finished, root } from './kit.mjs';

/** A process has this long for all that it does: its own work takes a tenth of it, and hanging takes for ever. */
const BOUND = 5000;

async function run(program, kind = 'commonjs') {
  const prelude = kind === 'module' ? `import { Breaker, Bulkhead, Limiter, Segment } from 'holysheep-cb';` : `const { Breaker, Bulkhead, Limiter, Segment } = require('holysheep-cb');`;
  const args = ['--expose-gc', `--input-type=${kind}`, '-e', prelude + program];
  const result = await finished(process.execPath, args, { cwd: root, limit: BOUND });
  assert.equal(result.signal, null, `it ended by itself within ${BOUND} ms: ${result.output}`);
  return result;
}

const programs = {
  'listeners of a private breaker': `new Breaker('x').on('open', () => {}).call(() => 1)`,
  'listeners of a shared breaker': `new Breaker('x', { segment: 'exit' }).on('close', () => {}).trip()`,
  'an iteration that waits': `new Segment('exit').events().next()`,
  'a hundred of them': `for (let i = 0; i < 100; i++) new Segment().events().next()`,
  'a call that never ends': `new Breaker('x').call(() => new Promise(() => {}))`,
  'a limiter and a bulkhead, with a seat that is not left': `
    new Limiter('x', { segment: 'exit' }).tryAcquire();
    globalThis.permit = new Bulkhead('x', { segment: 'exit' }).tryEnter()`,
  'process.exit with everything going on': `
    const breaker = new Breaker('x', { segment: 'exit' }).on('open', () => {});
    breaker.segment.events({ keepAlive: true }).next();
    const bulkhead = new Bulkhead('x', { segment: 'exit', limit: 1 });
    for (let i = 0; i < 5; i++) { bulkhead.enter(); new Limiter('x', { segment: 'exit' }).acquire(); }
    setInterval(() => { breaker.trip(); breaker.reset(); }, 1);
    setTimeout(() => process.exit(0), 100)`,
  'an exit in the middle of a storm of events': `
    const breaker = new Breaker('x', { segment: 'exit' });
    breaker.on('open', () => {});
    for (let i = 0; i < 3000; i++) { breaker.trip(); breaker.reset(); }`,
  'objects that were collected': `
    for (let i = 0; i < 100; i++) { new Breaker('x' + i, { segment: new Segment() }).once('open', () => {}).trip(); }
    setTimeout(() => { for (let i = 0; i < 5; i++) gc(); }, 50)`,
};

for (const [name, program] of Object.entries(programs)) {
  test(`a process ends by itself: ${name}`, async () => {
    const { status, output } = await run(program);
    assert.deepEqual([status, output], [0, '']);
  });
}

test('keepAlive keeps it alive until the iteration ends', async () => {
  const { status, output } = await run(
    `const segment = new Segment();
     const breaker = new Breaker('x', { segment });
     setTimeout(() => breaker.trip(), 300).unref();
     for await (const { to } of segment.events({ keepAlive: true })) { console.log(to); break; }`,
    'module',
  );
  assert.deepEqual([status, output], [0, 'open\n']);
});
