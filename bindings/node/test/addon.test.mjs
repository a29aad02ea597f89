// The addon as the linker and the loader see it.

import assert from 'node:assert/strict';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { finished, root } from './kit.mjs';

const native = join(root, 'native');
const [file] = readdirSync(native).filter((name) => name.endsWith('.node'));

test('it is not taken for the C library, and never unloaded', { skip: process.platform !== 'linux' }, async () => {
  const { status, output } = await finished('readelf', ['--dynamic', join(native, file)]);
  assert.equal(status, 0, output);
  assert.match(output, /\(SONAME\) +Library soname: \[holysheep-cb\.node\]/);
  assert.match(output, /\(FLAGS_1\) .*\bNODELETE\b/);
  const symbols = await finished('readelf', ['--dyn-syms', '--wide', join(native, file)]);
  assert.match(symbols.output, / hscb_admit\n/);
});

test('it knows every cause that a verdict may have', () => {
  const documented = readFileSync(join(root, '../../docs/RESPONSES.md'), 'utf8').matchAll(/^\| `([a-z-]+)` \| \d+ \|/gm);
  const [, union] = /export type Cause = (.*)$/m.exec(readFileSync(join(native, 'native.d.ts'), 'utf8'));
  const causes = [...documented].map(([, cause]) => `'${cause}'`);
  assert.ok(causes.length > 12, causes.join());
  assert.equal(union, [...causes, "'other'"].join(' | '));
});
