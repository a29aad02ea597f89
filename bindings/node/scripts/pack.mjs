// Packs what is published, from what was built: the main package, and for each addon in `native/` the package of its
// platform, on which the main one depends optionally. npm installs of those the one whose os, cpu and libc fit, and runs
// no script of ours. The tarballs lie in `packed/`.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const packed = join(root, 'packed');
const main = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

const LICENCES = ['LICENSE-APACHE', 'LICENSE-MIT'];
const CPUS = { x86_64: 'x64', aarch64: 'arm64' };

/** A target of Rust, such as `x86_64-unknown-linux-gnu`, in npm's words. */
function platform(target) {
  const [cpu, , os, libc] = target.split('-');
  return { name: `${os}-${CPUS[cpu]}-${libc}`, os, cpu: CPUS[cpu], libc: libc === 'gnu' ? 'glibc' : libc };
}

/** Packs a folder that `fill` fills. */
function pack(name, manifest, fill) {
  const folder = join(packed, 'stage', name);
  mkdirSync(folder, { recursive: true });
  fill(folder);
  for (const licence of LICENCES) cpSync(join(root, '../..', licence), join(folder, licence));
  const whole = { ...manifest, files: [...manifest.files, ...LICENCES] };
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(whole, null, 2)}\n`);
  const args = ['pack', '--ignore-scripts', '--loglevel', 'error', '--pack-destination', packed];
  execFileSync('npm', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

function packPlatform({ name, os, cpu, libc }, addon) {
  const { version, license, repository, engines } = main;
  const description = `The addon of ${main.name} for ${name}`;
  const manifest = { name: `${main.name}-${name}`, version, description, license, repository, engines };
  pack(name, { ...manifest, os: [os], cpu: [cpu], libc: [libc], main: addon, files: [addon] }, (folder) => {
    cpSync(join(root, 'native', addon), join(folder, addon));
  });
}

function packMain(platforms) {
  const { devDependencies, scripts, napi, ...manifest } = main;
  const optionalDependencies = Object.fromEntries(platforms.map(({ name }) => [`${main.name}-${name}`, main.version]));
  pack('main', { ...manifest, optionalDependencies }, (folder) => {
    for (const file of main.files) cpSync(join(root, file), join(folder, file), { recursive: true });
  });
}

rmSync(packed, { recursive: true, force: true });
const platforms = main.napi.targets.map(platform);
const built = readdirSync(join(root, 'native'));
for (const one of platforms) {
  const addon = `${main.napi.binaryName}.${one.name}.node`;
  if (built.includes(addon)) packPlatform(one, addon);
}
packMain(platforms);
rmSync(join(packed, 'stage'), { recursive: true });
for (const tarball of readdirSync(packed)) console.log(join('packed', tarball));
