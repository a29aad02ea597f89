// HTTP calls once more under a later Node, with its own fetch and with undici 8, which this one may be too old for.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finished, root } from '../kit.mjs';

const node = join(root, 'test/http/node_modules/node-24/bin/node');
const [major] = process.versions.node.split('.').map(Number);
const skip = (major >= 24 && 'this is a later Node') || (!existsSync(node) && 'there is no Node 24 for this platform');

for (const what of ['fetch', 'policy', 'undici', 'openai']) {
  test(`Node 24: ${what}`, { skip }, async () => {
    const args = ['--expose-gc', '--test', '--test-reporter=tap', join(root, `test/http/${what}.test.mjs`)];
    // Without the runner's own variable, which would make it a part of this run.
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const { status, output } = await finished(node, args, { env, limit: 60_000 });
    assert.equal(status, 0, output);
    assert.match(output, /^# fail 0$/m);
    assert.match(output, /^# skipped 0$/m);
    assert.ok(Number(/^# pass (\d+)$/m.exec(output)[1]) > 8, output);
  });
}
