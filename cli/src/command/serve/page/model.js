// What the agent has told, and what follows from it: order, counts, last transitions. It knows nothing of the page.

import { state } from './states.js';

/** How many seconds a sparkline shows. */
export const SPARK = 60;
/** After so many a generation begins anew (S2). */
const GENERATIONS = 16383;

/**
 * A breaker as the agent tells of it (docs/AGENT.md, Live breaker), and what is added here.
 * @typedef {object} Cell
 * @property {string} key segment and name
 * @property {any} live what the agent said last
 * @property {number} version one higher with each change
 * @property {number} until when its opening is over, on the page's clock; 0 if it is not open
 * @property {number} length how long the opening is, as far as it was seen
 * @property {number[][]} spark `[calls, failures, rejected]` of the last seconds
 * @property {number} second up to which the sparkline goes
 * @property {any} last its last transition, or null
 */

/** One string for both names; no name has a line feed in it. */
export function keyOf(segment, name) {
  return `${segment}\n${name}`;
}

const second = () => Math.floor(performance.now() / 1000);

export class Model {
  /** @type {Map<string, Cell>} */
  cells = new Map();
  /** What `/api/agent` says. */
  agent = null;
  /** The newest transition of all. */
  latest = null;
  #lasts = new Map();
  #isWhole = false;

  /** A stream has begun: what it sends first is all that there is. */
  begin(agent) {
    this.agent = agent;
    this.#isWhole = true;
  }

  /** Breakers that are new or have changed. */
  take(breakers) {
    if (this.#isWhole) {
      const there = new Set(breakers.map((one) => keyOf(one.segment, one.name)));
      for (const key of this.cells.keys()) if (!there.has(key)) this.cells.delete(key);
      this.#isWhole = false;
    }
    breakers.forEach((one) => this.#takeOne(one));
  }

  #takeOne(live) {
    const key = keyOf(live.segment, live.name);
    let cell = this.cells.get(key);
    if (!cell) {
      cell = { key, live, version: 0, until: 0, length: 0, spark: [], second: second(), last: this.#lasts.get(key) ?? null };
      this.cells.set(key, cell);
    }
    if (live.spark) {
      cell.spark = live.spark.slice(-SPARK);
      cell.second = second();
    } else {
      this.age(cell);
      cell.spark.push(point(live.rates));
      if (cell.spark.length > SPARK) cell.spark.shift();
      cell.second = second();
    }
    const left = live.mode === 'open' ? live.open_remaining_ms : 0;
    const isAnother = cell.live.generation !== live.generation;
    cell.until = live.mode === 'open' ? performance.now() + left : 0;
    cell.length = isAnother ? left : Math.max(cell.length, left);
    cell.live = live;
    cell.version += 1;
  }

  /** Lets a sparkline go on to this second, at the rates that hold: the agent sends nothing where nothing changes. */
  age(cell) {
    const now = second();
    const behind = Math.min(now - cell.second - 1, SPARK);
    for (let i = 0; i < behind; i += 1) cell.spark.push(point(cell.live.rates));
    if (behind > 0) {
      cell.spark.splice(0, cell.spark.length - SPARK);
      cell.second = now - 1;
    }
  }

  /** Breakers that are there no more. */
  gone(names) {
    for (const { segment, name } of names) {
      this.cells.delete(keyOf(segment, name));
      this.#lasts.delete(keyOf(segment, name));
    }
  }

  /** Transitions, the oldest first. */
  tell(events) {
    for (const event of events) {
      const key = keyOf(event.segment, event.breaker);
      const before = this.#lasts.get(key);
      if (before && before.sequence >= event.sequence && before.at > event.at) continue;
      this.#lasts.set(key, event);
      const cell = this.cells.get(key);
      if (cell) {
        cell.last = event;
        cell.version += 1;
      }
      if (!this.latest || this.latest.at <= event.at) this.latest = event;
    }
  }

  /** A transition that has just happened: the mode is shown at once, and the rest when the agent has looked again. */
  happen(event) {
    this.tell([event]);
    const cell = this.cells.get(keyOf(event.segment, event.breaker));
    if (!cell) return;
    const ahead = (event.generation - cell.live.generation + GENERATIONS) % GENERATIONS;
    if (ahead === 0 || ahead > GENERATIONS / 2) return;
    cell.live = { ...cell.live, mode: event.to, generation: event.generation };
    cell.until = 0;
    cell.length = 0;
    cell.version += 1;
  }

  /** The keys of those that are to be shown, the worst first. */
  order(isShown) {
    const shown = [...this.cells.values()].filter(isShown);
    return shown.map((cell) => ({ cell, badness: badness(cell) })).sort(worstFirst).map(({ cell }) => cell.key);
  }

  /** How many of those that pass are in which mode. */
  counts(isCounted) {
    const counts = new Map();
    for (const cell of this.cells.values()) {
      if (isCounted(cell)) counts.set(cell.live.mode, (counts.get(cell.live.mode) ?? 0) + 1);
    }
    return counts;
  }

  /** The segments that have breakers, by name. */
  segments() {
    return [...new Set([...this.cells.values()].map((cell) => cell.live.segment))].sort();
  }
}

function point(rates) {
  return [rates.calls, rates.failures, rates.rejected];
}

/** The share of failed calls in the window; null if it has no calls, or none are recorded. */
export function failed(live) {
  return live.window_calls > 0 ? live.window_failures / live.window_calls : null;
}

/** In steps, so that a little more traffic moves no cell. */
function badness({ live }) {
  const share = failed(live) ?? 0;
  const volume = live.rates.calls + live.rates.rejected;
  return [state(live.mode).rank, -Math.ceil(share * 10), -Math.ceil(Math.log2(1 + volume) / 2)];
}

function worstFirst(a, b) {
  for (let i = 0; i < a.badness.length; i += 1) {
    if (a.badness[i] !== b.badness[i]) return a.badness[i] - b.badness[i];
  }
  return a.cell.live.name < b.cell.live.name ? -1 : a.cell.live.name > b.cell.live.name ? 1 : a.cell.key < b.cell.key ? -1 : 1;
}
