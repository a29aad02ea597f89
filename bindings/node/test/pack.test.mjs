// What is published: packed, installed in an empty folder with no network, and run there.

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { finished, folder, root } from './kit.mjs';

const LIMIT = 60_000;
const elsewhere = mkdtempSync(join(tmpdir(), 'holysheep-cb-pack-'));
after(() => rmSync(elsewhere, { recursive: true, force: true }));

async function must(command, args, options) {
  const { status, output } = await finished(command, args, { limit: LIMIT, ...options });
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${output}`);
  return output;
}

/** A folder with these tarballs installed, as an npm without network does it. */
async function installed(name, tarballs) {
  const cwd = join(elsewhere, name);
  mkdirSync(cwd);
  writeFileSync(join(cwd, 'package.json'), '{ "private": true }');
  const args = ['install', '--offline', '--no-audit', '--no-fund', '--cache', join(elsewhere, 'cache')];
  await must('npm', [...args, ...tarballs], { cwd });
  return cwd;
}

let main;
let platform;
before(async () => {
  await must(process.execPath, [join(root, 'scripts/pack.mjs')]);
  const tarballs = readdirSync(join(root, 'packed'));
  main = join(root, 'packed', tarballs.find((name) => /^holysheep-cb-[\d.]+\.tgz$/.test(name)));
  platform = join(root, 'packed', tarballs.find((name) => name.includes(`-${process.platform}-${process.arch}-`)));
});

const program = `
  const segment = new Segment('packed');
  const breaker = new Breaker('relay', { segment, failureThreshold: 1 });
  const guarded = breakerFetch(async () => new Response('{}', { status: 503 }), { segment, failureThreshold: 1 });
  breaker.on('open', ({ breaker }) => console.log('open', breaker));
  breaker.call(async () => 42)
    .then((answer) => console.log(answer, segment.names()[0]))
    .then(() => breaker.call(() => Promise.reject(new Error('down'))))
    .catch((error) => console.log(error.message));
  guarded('http://api').then(({ status }) => console.log(status, typeof breakerInterceptor({ segment })));
  setTimeout(() => {}, 300);`;

test('the package works where it is installed, as ESM, as CommonJS, and for tsc', async () => {
  const cwd = await installed('whole', [main, platform]);
  const env = { ...process.env, HOLYSHEEP_CB_DIR: folder };
  writeFileSync(join(cwd, 'esm.mjs'), `import { Breaker, Segment, breakerFetch, breakerInterceptor } from 'holysheep-cb';${program}`);
  writeFileSync(join(cwd, 'cjs.cjs'), `const { Breaker, Segment, breakerFetch, breakerInterceptor } = require('holysheep-cb');${program}`);
  for (const file of ['esm.mjs', 'cjs.cjs']) {
    const expected = ['42 relay', '503 function', 'down', 'open relay'];
    assert.deepEqual((await must(process.execPath, [file], { cwd, env })).trim().split('\n').sort(), expected.sort(), file);
    rmSync(join(folder, 'packed'));
  }
  writeFileSync(join(cwd, 'typed.mts'), `import { Breaker, breakerFetch } from 'holysheep-cb';
    export const get: typeof fetch = breakerFetch(fetch, { segment: 'packed' });
    export const answer: Promise<number> = new Breaker('x').call(async (n: number) => n, 1);`);
  const types = ['--typeRoots', join(root, 'node_modules/@types'), '--types', 'node'];
  await must(join(root, 'node_modules/.bin/tsc'), ['--noEmit', '--strict', '--module', 'nodenext', ...types, 'typed.mts'], { cwd });
});

test('the tarballs hold what they should, and nothing runs on installation', async () => {
  const list = async (tarball) => (await must('tar', ['tzf', tarball])).trim().split('\n').map((name) => name.slice(8)).sort();
  const names = await list(main);
  for (const name of ['LICENSE-APACHE', 'LICENSE-MIT', 'README.md', 'package.json', 'index.mjs', 'index.d.mts', 'dist/index.js', 'dist/index.d.ts', 'native/native.d.ts']) {
    assert.ok(names.includes(name), name);
  }
  assert.ok(names.every((name) => /^(dist\/\w+(\.d)?\.[jt]s|native\/native\.d\.ts|[\w.-]+)$/.test(name)), names.join(' '));
  const addon = (await list(platform)).filter((name) => name.endsWith('.node'));
  assert.equal(addon.length, 1);
  const manifest = JSON.parse(await must('tar', ['xzOf', main, 'package/package.json']));
  assert.deepEqual([manifest.scripts, manifest.devDependencies, manifest.dependencies], [undefined, undefined, undefined]);
  assert.ok(Object.values(manifest.optionalDependencies).every((version) => version === manifest.version));
});

test('without the platform\'s package the error names the platform, and what to do', async () => {
  const cwd = await installed('without', [main]);
  const { status, output } = await finished(process.execPath, ['-e', `require('holysheep-cb')`], { cwd });
  assert.notEqual(status, 0);
  assert.match(output, new RegExp(`holysheep-cb has no addon for ${process.platform}-${process.arch}`));
  assert.match(output, new RegExp(`holysheep-cb-${process.platform}-${process.arch}[\\w-]*: not there`));
  assert.match(output, /Install again on this very platform, with optional dependencies/);
  assert.match(output, /HSCB_ERR_NO_ADDON/);
});
