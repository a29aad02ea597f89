// One cell of the grid: an element that shows one breaker after another.

import { $, say } from './dom.js';
import { countdown, latency, percent, plain, rate } from './format.js';
import { failed } from './model.js';
import { draw } from './spark.js';
import { state, why } from './states.js';

const template = () => $('cell').content.firstElementChild.cloneNode(true);

export class CellView {
  slot = template();
  button = this.slot.querySelector('.cell');
  /** @type {import('./model.js').Cell | null} */
  cell = null;
  #parts = Object.fromEntries(['glyph', 'name', 'word', 'about', 'count', 'spark', 'why', 'fill'].map((part) => [part, this.slot.querySelector(`.${part}`)]));
  #facts = [...this.slot.querySelectorAll('.fact')].map((fact) => [fact, ...fact.children]);
  #path = this.#parts.glyph.firstElementChild;
  #version = -1;
  #mode = '';

  /** Shows this breaker from now on. */
  bind(cell) {
    this.cell = cell;
    this.#version = -1;
    this.button.dataset.key = cell.key;
    say(this.#parts.name, plain(cell.live.name));
    this.slot.title = plain(cell.live.name);
    this.update(true);
  }

  /** Shows what has changed; `tick`: a second has passed, too. */
  update(tick) {
    const { cell } = this;
    if (this.#version !== cell.version) this.#show(cell);
    if (tick) draw(this.#parts.spark, cell);
    this.#version = cell.version;
    this.count();
  }

  /** Where it stands in the list. */
  place(index, of) {
    this.slot.setAttribute('aria-posinset', String(index + 1));
    this.slot.setAttribute('aria-setsize', String(of));
  }

  #show(cell) {
    const { live } = cell;
    if (this.#mode !== live.mode) {
      this.#mode = live.mode;
      this.button.dataset.mode = live.mode;
      this.#path.setAttribute('d', state(live.mode).path);
      say(this.#parts.word, state(live.mode).word);
      this.button.classList.toggle('rejects', rejects(live));
    }
    const volume = live.rates.calls + live.rates.rejected;
    this.#parts.glyph.style.setProperty('--size', size(volume).toFixed(2));
    say(this.#parts.about, about(cell));
    say(this.#parts.why, rejects(live) ? because(cell) : '');
    facts(live).forEach(([value, of, isBad], i) => {
      const [fact, number, label] = this.#facts[i];
      say(number, value);
      say(label, of);
      fact.classList.toggle('bad', Boolean(isBad));
    });
    this.button.setAttribute('aria-label', spoken(cell));
  }

  /** The countdown, and the line at the bottom. */
  count() {
    const { cell } = this;
    const left = cell.until && cell.until - performance.now();
    say(this.#parts.count, cell.until ? (left > 0 ? countdown(left) : 'probe due') : probes(cell.live));
    this.button.classList.toggle('due', Boolean(cell.until) && left <= 0);
    const share = cell.until ? Math.max(0, left) / Math.max(cell.length, 1) : failed(cell.live) ?? 0;
    this.#parts.fill.style.transform = `scaleX(${Math.min(share, 1).toFixed(3)})`;
  }
}

/** The shape's size: 0.36 for no call at all, 1 from 1,000 a second on. */
function size(perSecond) {
  return Math.min(0.36 + 0.64 * (Math.log10(1 + perSecond) / 3), 1);
}

const rejects = (live) => live.mode === 'open' || live.mode === 'forced-open';

/** The line below the name: where it is; of one that is not closed, who made it so, unless that has a place of its own. */
function about(cell) {
  const { live } = cell;
  const reason = live.mode === 'closed' || rejects(live) ? '' : because(cell);
  return reason ? `${live.segment} · ${reason}` : live.segment;
}

/** Why it is as it is: what the operator said, or the rule. Empty if that is not kept any more. */
function because({ live, last }) {
  return last?.to === live.mode ? plain(last.note) || why(last) : '';
}

/** What stands in the place of the countdown while there is none. */
function probes(live) {
  if (live.mode !== 'half-open') return '';
  return live.probes_in_flight === 1 ? '1 probe out' : `${live.probes_in_flight} probes out`;
}

/** Five numbers: traffic, what goes wrong, and latencies. */
function facts(live) {
  const share = failed(live);
  return [
    [rate(live.rates.calls), 'calls/s'],
    rejects(live) || live.rates.rejected > 0
      ? [rate(live.rates.rejected), 'rejected/s', live.rates.rejected > 0]
      : [share === null ? '–' : percent(share), 'failed', share >= 0.05],
    [latency(live.recent_p50_ms), 'p50'],
    [latency(live.recent_p95_ms), 'p95'],
    [latency(live.recent_p99_ms), 'p99'],
  ];
}

/** The cell in words. What changes every second is left out, or it would be read out every second. */
function spoken(cell) {
  const { live } = cell;
  const share = failed(live);
  const parts = [plain(live.name), `segment ${live.segment}`, state(live.mode).word];
  if (live.mode !== 'closed' && because(cell)) parts.push(because(cell));
  if (share > 0) parts.push(`${Math.ceil(share * 10) * 10} percent failed or fewer`);
  return parts.join(', ');
}
