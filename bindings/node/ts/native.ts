/** Finds and loads the addon. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type * as Classes from '../native/native';

/** What the addon has beside its classes: the hot functions, and the memory through which they get their arguments. */
interface Hot {
  readonly scratch: ArrayBuffer;
  admit(): void;
  record(): void;
}

type Native = typeof Classes & Hot;

const root = join(__dirname, '..');
/** The platform's names, most likely first. On Linux the C library decides, and a wrong one does not load. */
const platforms =
  process.platform === 'linux'
    ? ['gnu', 'musl'].map((libc) => `linux-${process.arch}-${libc}`)
    : [`${process.platform}-${process.arch}`];

/** Where the addon may be: in a checkout what was built there, and nothing else; installed, the platform's package. */
function places(): string[] {
  if (existsSync(join(root, 'Cargo.toml'))) {
    return platforms.map((platform) => join(root, 'native', `holysheep-cb.${platform}.node`));
  }
  return platforms.map((platform) => `holysheep-cb-${platform}`);
}

function load(): Native {
  const failures: string[] = [];
  for (const place of places()) {
    try {
      return require(place) as Native;
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND';
      const [reason] = (error as Error).message.split('\n');
      failures.push(`  ${place}: ${missing ? 'not there' : reason}`);
    }
  }
  throw Object.assign(new Error(explain(failures)), { code: 'HSCB_ERR_NO_ADDON' });
}

function explain(failures: string[]): string {
  const remedy = existsSync(join(root, 'Cargo.toml'))
    ? 'This is a checkout: run `npm install && npm run build` in bindings/node (it needs cargo, https://rustup.rs).'
    : 'Install again on this very platform, with optional dependencies (no --omit=optional, no lock file that leaves\n' +
      'them out); for a platform without a prebuilt package, build from source: see the README.';
  return [
    `holysheep-cb has no addon for ${process.platform}-${process.arch} (Node ${process.versions.node}). Looked for:`,
    ...failures,
    remedy,
  ].join('\n');
}

export const native = load();
