// Which breakers are shown: by state, segment and name.

import { $, glyph, make, say } from './dom.js';
import { MODES, STATES } from './states.js';

export class Filters {
  #model;
  #changed;
  #modes = new Set();
  #words = [];
  #chips = new Map();
  #segments = '';

  /** @param {import('./model.js').Model} model @param {() => void} changed */
  constructor(model, changed) {
    this.#model = model;
    this.#changed = changed;
    $('chips').append(...MODES.map((mode) => this.#chip(mode)));
    $('search').addEventListener('input', () => this.#search());
    $('segment').addEventListener('change', () => this.#apply());
  }

  /** Whether a breaker is shown. */
  passes(cell) {
    return (this.#modes.size === 0 || this.#modes.has(cell.live.mode)) && this.#isNamed(cell);
  }

  /** Whether anything is left out. */
  get isOn() {
    return this.#modes.size > 0 || this.#words.length > 0 || $('segment').value !== '';
  }

  /** Shows all again. */
  clear() {
    this.#modes.clear();
    $('segment').value = '';
    this.clearSearch();
  }

  clearSearch() {
    $('search').value = '';
    this.#search();
  }

  focus() {
    $('search').focus();
    $('search').select();
  }

  /** Shows the counts as they are now. */
  update() {
    const counts = this.#model.counts((cell) => this.#isNamed(cell));
    for (const [mode, { chip, number }] of this.#chips) {
      const n = counts.get(mode) ?? 0;
      say(number, String(n));
      chip.classList.toggle('none', n === 0);
      chip.setAttribute('aria-pressed', String(this.#modes.has(mode)));
    }
    this.#list(this.#model.segments());
  }

  #chip(mode) {
    const number = make('b', { text: '0' });
    const chip = make('button', { type: 'button', class: 'chip none', 'data-mode': mode, 'aria-pressed': 'false', onclick: () => this.#toggle(mode) },
      glyph(mode), number, make('span', { text: STATES[mode].word }));
    this.#chips.set(mode, { chip, number });
    return chip;
  }

  #toggle(mode) {
    if (!this.#modes.delete(mode)) this.#modes.add(mode);
    this.#apply();
  }

  #search() {
    this.#words = $('search').value.toLowerCase().split(/\s+/).filter(Boolean);
    this.#apply();
  }

  #apply() {
    this.update();
    this.#changed();
  }

  #isNamed({ live }) {
    const segment = $('segment').value;
    if (segment && segment !== live.segment) return false;
    const text = `${live.segment}/${live.name}`.toLowerCase();
    return this.#words.every((word) => text.includes(word));
  }

  /** The segments to choose from; none where there is but one. */
  #list(segments) {
    if (this.#segments === segments.join()) return;
    this.#segments = segments.join();
    const { value } = $('segment');
    $('segment').replaceChildren(make('option', { value: '', text: 'all segments' }), ...segments.map((name) => make('option', { value: name, text: name })));
    $('segment').value = segments.includes(value) ? value : '';
    $('segment-label').hidden = segments.length < 2;
  }
}
