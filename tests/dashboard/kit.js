// What the tests share: a directory of segments, a process that uses breakers, the agent, a browser.

import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, afterEach, before, beforeEach } from 'node:test';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const hscb = join(root, 'target/release/hscb');
export const TOKEN = 'token-of-the-tests';
export const WITHIN = 15_000;

/** A host of its own: no other test's segments, and none of this machine's. */
export class Host {
  directory = mkdtempSync(join(tmpdir(), 'hscb-dashboard-'));
  env = { ...process.env, HOLYSHEEP_CB_DIR: this.directory, HSCB_TOKEN: '' };
  #processes = new Set();

  /** A worker process; the function returned gives it orders. */
  worker() {
    const env = { ...this.env, PYTHONPATH: join(root, 'bindings/python/python'), HOLYSHEEP_CB_LIBRARY: join(root, 'target/release/deps/libholysheep_cb.so') };
    const child = this.#spawn('python3', [join(root, 'tests/dashboard/worker.py')], env);
    const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    return async (order) => {
      child.stdin.write(`${JSON.stringify(order)}\n`);
      const { value } = await answers.next();
      if (value !== 'done') throw new Error(`the worker ended at ${JSON.stringify(order)}`);
    };
  }

  /** `hscb VERB...`, in a process of its own. */
  hscb(...args) {
    return execFileSync(hscb, args, { env: this.env, encoding: 'utf8' });
  }

  /** The agent; on a port of its own unless one is given. */
  async agent({ port = 0, token = true, fleet = [] } = {}) {
    const file = join(this.directory, '..', `${this.directory.split('/').at(-1)}.token`);
    if (token) writeFileSync(file, TOKEN, { mode: 0o600 });
    const env = { ...this.env };
    delete env.HSCB_TOKEN;
    const child = this.#spawn(hscb, ['serve', '--listen', `127.0.0.1:${port}`, ...(token ? ['--token-file', file] : []), ...fleet], env);
    const [line] = await once(createInterface({ input: child.stdout }), 'line');
    const url = /^listening on (http:\S+)/.exec(line)?.[1];
    if (!url) throw new Error(`the agent said ${line}`);
    return { url, port: Number(new URL(url).port), kill: () => this.#kill(child) };
  }

  /** A member of the fleet beside this host's, with breakers of its own. */
  member(fleet) {
    this.#spawn(hscb, ['sync', ...fleet], this.env);
  }

  /** A Redis, and what tells an agent to join it. */
  async redis() {
    const port = await free();
    this.#spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no', '--dir', this.directory, '--loglevel', 'warning'], this.env);
    return (name) => ['--redis', `redis://127.0.0.1:${port}`, '--namespace', 'dashboard', '--host', name];
  }

  async end() {
    await Promise.all([...this.#processes].map((child) => this.#kill(child)));
    rmSync(this.directory, { recursive: true, force: true });
    rmSync(`${this.directory}.token`, { force: true });
  }

  #spawn(program, args, env) {
    const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', 'inherit'] });
    this.#processes.add(child);
    return child;
  }

  async #kill(child) {
    this.#processes.delete(child);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}

/** A port that was free a moment ago. */
async function free() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/** Debian's Chromium, which talks to nobody but the page. */
export function browser() {
  const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, args: quiet });
}

/** A browser for the tests of a file, and for each a host with a worker and an agent. */
export function theatre() {
  const house = {
    chrome: null,
    host: null,
    /** An agent and a worker with these breakers in segment `billing`. */
    async stage(breakers, config = {}, agentOptions = {}) {
      const worker = house.host.worker();
      await worker({ do: 'make', segment: 'billing', names: breakers, config });
      return { worker, agent: await house.host.agent(agentOptions) };
    },
  };
  before(async () => { house.chrome = await browser(); });
  after(() => house.chrome.close());
  beforeEach(() => { house.host = new Host(); });
  afterEach(async () => {
    await Promise.all(house.chrome.contexts().map((context) => context.close()));
    await house.host.end();
  });
  return house;
}

/** Calls of a worker that end so. */
export const fail = (worker, name, times = 5) => worker({ do: 'call', segment: 'billing', name, times, failed: true, ms: 30 });
export const succeed = (worker, name, times, ms = 80) => worker({ do: 'call', segment: 'billing', name, times, failed: false, ms });

export const MODE = (mode) => `.cell[data-mode="${mode}"]`;
export const names = (page) => page.locator('.cell .name').allTextContents();

/** A page at this address, and what it complained of. */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(WITHIN);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`) && dialog.dismiss());
  await page.goto(url);
  return { page, complaints, cell: (name) => page.locator('.cell', { has: page.locator('.name').getByText(name, { exact: true }) }) };
}

/** Waits until `look` is true of what it returns. */
export async function until(look, what) {
  const end = Date.now() + WITHIN;
  while (Date.now() < end) {
    const seen = await look();
    if (seen) return seen;
    await new Promise((again) => setTimeout(again, 50));
  }
  throw new Error(`it did not come true: ${what}`);
}
