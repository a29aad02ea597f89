// ESM and CommonJS are one package.

import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import * as esm from '../index.mjs';
import { finished, root } from './kit.mjs';

const cjs = createRequire(import.meta.url)('../dist/index.js');

test('both export the same objects under the same names', () => {
  assert.deepEqual(Object.keys(esm).sort(), Object.keys(cjs).sort());
  for (const [name, value] of Object.entries(esm)) assert.equal(value, cjs[name]);
});

test('a second copy in the same thread, as test runners make them, shares breakers and nothing else', async () => {
  const require = createRequire(import.meta.url);
  for (const path of Object.keys(require.cache)) if (path.startsWith(root)) delete require.cache[path];
  const copy = require('../dist/index.js');
  assert.notEqual(copy.Breaker, cjs.Breaker);
  const [one, two] = [new cjs.Breaker('copies'), new copy.Breaker('copies')];
  for (let i = 0; i < 100; i++) assert.deepEqual(await Promise.all([one.call(() => i), two.call(async () => i)]), [i, i]);
  assert.equal(one.snapshot().totals.successes, 200);
  two.trip();
  assert.equal(one.state, 'open');
});

test('by its own name, as users load it', async () => {
  for (const program of [
    `import { Breaker } from 'holysheep-cb'; console.log(await new Breaker('x').call(() => 42))`,
    `const { Breaker } = require('holysheep-cb'); new Breaker('x').call(() => 42).then(console.log)`,
  ]) {
    const kind = program.startsWith('import') ? 'module' : 'commonjs';
    const args = [`--input-type=${kind}`, '-e', program];
    assert.deepEqual(await finished(process.execPath, args, { cwd: root }).then(({ output }) => output), '42\n');
  }
});
