// What the tests share: a folder for segments, child processes, and waiting with a limit.

import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The longest that anything is waited for, ms. Nothing here takes a tenth of it unless the machine is overloaded. */
export const LIMIT = 20_000;

/** Shared segments of this test, and of the processes that it starts, live in a folder of their own. */
export const folder = mkdtempSync(join(tmpdir(), 'holysheep-cb-'));
process.env.HOLYSHEEP_CB_DIR = folder;
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));

/** Waits until `question` says yes; fails at the limit. */
export async function until(question, what) {
  const end = Date.now() + LIMIT;
  while (!(await question())) {
    assert.ok(Date.now() < end, `${what} did not happen within ${LIMIT} ms`);
    await sleep(5);
  }
}

/** What a promise resolves to; fails at the limit, and keeps the process alive so long. */
export async function within(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen within ${LIMIT} ms`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Runs a program of `children/` as a process of its own that can be talked to. */
export function child(name, ...args) {
  const program = fileURLToPath(new URL(`children/${name}.mjs`, import.meta.url));
  return fork(program, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

/** The next message of a child. */
export async function heard(process) {
  const [message] = await within(once(process, 'message'), 'a message');
  return message;
}

/** Runs a command to its end: its exit status, the signal that ended it, what it printed, and how long it took. */
export async function finished(command, args, options = {}) {
  const begun = performance.now();
  const running = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const kill = setTimeout(() => running.kill('SIGKILL'), options.limit ?? LIMIT);
  let output = '';
  for (const stream of [running.stdout, running.stderr]) stream.on('data', (text) => (output += text));
  const [status, signal] = await once(running, 'close');
  clearTimeout(kill);
  return { status, signal, output, ms: performance.now() - begun };
}

/** A name that no other test of this process has. */
export const unique = (() => {
  let count = 0;
  return (name = 'breaker') => `${name}-${++count}`;
})();

export const boom = async () => {
  throw new Error('boom');
};

/** Fails so many calls. */
export async function fail(breaker, times) {
  for (let i = 0; i < times; i++) await assert.rejects(breaker.call(boom), /boom/);
}
