// All of one breaker, beside the grid: state in words, commands, charts, totals, configuration, transitions.

import * as api from './api.js';
import { Charts } from './charts.js';
import { $, glyph, make, say } from './dom.js';
import { configuration, totals } from './facts.js';
import { clock, countdown, plain, span } from './format.js';
import { eventLog } from './log.js';
import { keyOf } from './model.js';
import { state, why } from './states.js';

/** How often the agent is asked for the trail. */
const ASK_MS = 1000;
/** How many transitions are shown. */
const EVENTS = 100;

export class Detail {
  /** Which breaker is shown; empty if none is. */
  key = '';
  #model;
  #operator;
  #on;
  #box = $('detail');
  #parts = null;
  #charts = null;
  #events = [];
  #timer = 0;

  /** @param {import('./model.js').Model} model @param {import('./operate.js').Operator} operator @param {{closed: (key: string) => void}} on */
  constructor(model, operator, on) {
    this.#model = model;
    this.#operator = operator;
    this.#on = on;
    matchMedia(NARROW).addEventListener('change', () => this.#cover());
  }

  /** Shows a breaker, and moves the focus there. */
  open(key) {
    const cell = this.#model.cells.get(key);
    if (!cell) return;
    this.#end();
    this.key = key;
    this.#build(cell);
    this.#box.hidden = false;
    document.body.classList.add('detailed');
    this.#cover();
    this.#box.scrollTop = 0;
    this.#parts.name.focus({ preventScroll: true });
    this.update();
    this.#ask();
    this.#askEvents();
    this.#timer = setInterval(() => this.#ask(), ASK_MS);
  }

  /** Shows the grid alone. */
  close() {
    const { key } = this;
    this.#end();
    this.#box.hidden = true;
    document.body.classList.remove('detailed');
    this.#cover();
    this.#on.closed(key);
  }

  /** Shows what the stream said. */
  update() {
    if (!this.key) return;
    const cell = this.#model.cells.get(this.key);
    const parts = this.#parts;
    this.#box.classList.toggle('vanished', !cell);
    if (!cell) return say(parts.sentence, 'This breaker is there no more.');
    const { live } = cell;
    if (this.#box.dataset.mode !== live.mode) {
      this.#box.dataset.mode = live.mode;
      parts.glyph.replaceChildren(glyph(live.mode));
      say(parts.word, state(live.mode).word);
    }
    say(parts.sentence, sentence(cell));
    say(parts.reason, reason(cell));
    parts.totals.update(live);
    this.#operator.update(parts.commands, live);
  }

  /** A transition, of whichever breaker. */
  tell(event) {
    if (keyOf(event.segment, event.breaker) !== this.key) return;
    this.#events.unshift(event);
    this.#showEvents();
  }

  /** Draws the charts anew, in the colours that hold now. */
  repaint() {
    this.#charts?.repaint();
  }

  #end() {
    clearInterval(this.#timer);
    this.#charts?.end();
    this.#charts = null;
    this.#events = [];
    this.key = '';
  }

  /** Where it covers the page, what is below it is out of reach. */
  #cover() {
    const covers = Boolean(this.key) && matchMedia(NARROW).matches;
    for (const below of [$('cells'), document.querySelector('.bar')]) below.inert = covers;
  }

  #build(cell) {
    const { live } = cell;
    const parts = {
      glyph: make('span', { class: 'shape' }),
      name: make('h2', { id: 'detail-name', tabindex: '-1', text: plain(live.name) }),
      word: make('span', { class: 'word' }),
      sentence: make('p', { class: 'sentence' }),
      reason: make('p', { class: 'reason' }),
      commands: this.#operator.bar(this.key),
      charts: make('div', { class: 'charts' }),
      totals: totals(),
      config: make('div'),
      log: make('div'),
    };
    this.#parts = parts;
    delete this.#box.dataset.mode;
    const close = make('button', { type: 'button', class: 'quiet close', 'aria-label': 'Close the details', 'aria-keyshortcuts': 'Escape', text: '✕', onclick: () => this.close() });
    this.#box.replaceChildren(
      make('header', { class: 'head' }, parts.glyph, make('div', {}, parts.name, make('p', { class: 'where' }, parts.word, ` in segment ${live.segment}`)), close),
      parts.sentence, parts.reason, parts.commands.element, parts.charts,
      section('Transitions', parts.log), section('Totals', parts.totals.element), section('Configuration', parts.config),
    );
    this.#charts = new Charts(parts.charts);
  }

  async #ask() {
    const { key } = this;
    const cell = this.#model.cells.get(key);
    if (!cell || document.hidden) return;
    try {
      const whole = await api.breaker(cell.live.segment, cell.live.name);
      if (this.key !== key) return;
      this.#charts.show(whole.trail);
      configuration(this.#parts.config, whole.config);
    } catch (refusal) {
      if (this.key === key) this.#charts.fail(refusal.message);
    }
  }

  async #askEvents() {
    const { key } = this;
    const { segment, name } = this.#model.cells.get(key).live;
    try {
      const kept = await api.events(EVENTS, { segment, breaker: name });
      if (this.key !== key) return;
      const known = new Set(this.#events.map((event) => event.sequence));
      this.#events.push(...kept.reverse().filter((event) => !known.has(event.sequence)));
      this.#showEvents();
    } catch (refusal) {
      if (this.key === key) say(this.#parts.log, refusal.message);
    }
  }

  #showEvents() {
    this.#parts.log.replaceChildren(eventLog(this.#events.slice(0, EVENTS)));
  }
}

/** Below this width the details cover the grid. */
const NARROW = '(max-width: 60rem)';

function section(title, content) {
  return make('section', {}, make('h3', { text: title }), content);
}

/** What it does now, in a sentence. */
function sentence({ live, until }) {
  const left = until - performance.now();
  switch (live.mode) {
    case 'open':
      return left > 0 ? `Rejects every call; the first one after ${countdown(left)} is a probe.` : 'Its time is over: the next call is a probe.';
    case 'half-open':
      return `Probing: ${live.probes_in_flight} out, ${live.window_calls - live.window_failures} succeeded, ${live.window_failures} failed.`;
    case 'forced-open':
      return 'Rejects every call until an operator says otherwise.';
    case 'disabled':
      return 'Admits every call, and watches none.';
    case 'observing':
      return `Admits every call; would have tripped ${live.would_trip_total} ${live.would_trip_total === 1 ? 'time' : 'times'}.`;
    default:
      return `Admits every call; of ${live.window_calls} in the window ${live.window_failures} failed and ${live.window_slow} were slow.`;
  }
}

/** Since when, and why. */
function reason({ last, live }) {
  if (!last || last.to !== live.mode) return '';
  const since = Date.now() - new Date(last.at).getTime();
  return `Since ${clock(last.at)} (${span(Math.max(0, since))}): ${plain(last.note) || why(last)}.`;
}
