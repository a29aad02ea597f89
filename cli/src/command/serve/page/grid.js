// The grid: only the cells that are in view exist, each at its place; a new order moves them gently.

import { $, still } from './dom.js';
import { CellView } from './cell.js';

/** Rows that are kept ready above and below the view. */
const SPARE_ROWS = 2;
/** While somebody points or types here, no cell moves; so long after the last sign of him. */
const HOLD_MS = 8000;
/** How much larger cells may be where there is room. */
const SCALES = [2.2, 2, 1.8, 1.6, 1.4, 1.2];

export class Grid {
  /** What is shown, the worst first. @type {string[]} */
  order = [];
  #model;
  #main = $('cells');
  #list = $('grid');
  /** @type {Map<string, CellView>} */
  #views = new Map();
  #pool = [];
  #least = { width: 0, height: 0, gap: 0 };
  #shape = { columns: 1, width: 0, height: 0, gap: 0 };
  #active = '';
  #touched = -Infinity;
  #isDrawing = false;

  /** @param {import('./model.js').Model} model @param {{open: (key: string) => void}} on */
  constructor(model, on) {
    this.#model = model;
    this.#main.addEventListener('scroll', () => this.#soon(), { passive: true });
    this.#main.addEventListener('pointermove', () => this.#touch(), { passive: true });
    this.#main.addEventListener('pointerleave', () => { this.#touched = -Infinity; });
    this.#list.addEventListener('focusin', (event) => {
      this.#touch();
      this.#activate(event.target.dataset.key ?? this.#active);
    });
    this.#list.addEventListener('click', (event) => {
      const key = event.target.closest('.cell')?.dataset.key;
      if (key) on.open(key);
    });
    this.#list.addEventListener('keydown', (event) => this.#key(event));
    new ResizeObserver(() => this.#measure()).observe(this.#main);
    this.#measure();
  }

  /** Whether the order is to stay as it is. */
  get isHeld() {
    return performance.now() - this.#touched < HOLD_MS;
  }

  /** Lets go of the order, whoever points where. */
  release() {
    this.#touched = -Infinity;
  }

  /** Shows these in this order; those that stay glide to their new places. */
  arrange(order) {
    if (order.length === this.order.length && order.every((key, i) => key === this.order[i])) return;
    const before = new Map([...this.#views].map(([key, view]) => [key, view.slot.style.transform]));
    this.order = order;
    this.#fit();
    if (!order.includes(this.#active)) this.#active = order[0] ?? '';
    this.#draw();
    if (!still()) this.#glide(before);
  }

  /** Shows what has changed in the breakers; `tick`: a second has passed, too. */
  update(tick) {
    for (const view of this.#views.values()) view.update(tick);
  }

  /** Shows how much time is left. */
  count() {
    for (const view of this.#views.values()) view.count();
  }

  /** Marks the breaker whose details are shown. */
  select(key) {
    for (const [of, view] of this.#views) {
      if (of === key) view.button.setAttribute('aria-current', 'true');
      else view.button.removeAttribute('aria-current');
    }
    this.selected = key;
  }

  /** Moves the focus to a breaker, and it into view. */
  focus(key) {
    const index = this.order.indexOf(key);
    if (index < 0) return false;
    this.#activate(key);
    const { columns, height, gap } = this.#shape;
    const top = Math.floor(index / columns) * (height + gap);
    const { scrollTop, clientHeight } = this.#main;
    if (top < scrollTop) this.#main.scrollTop = top;
    else if (top + height + 2 * gap > scrollTop + clientHeight) this.#main.scrollTop = top + height + 2 * gap - clientHeight;
    this.#draw();
    const view = this.#views.get(key);
    view?.button.focus({ preventScroll: true });
    return Boolean(view);
  }

  #touch() {
    this.#touched = performance.now();
  }

  /** The one cell that Tab leads to. */
  #activate(key) {
    const before = this.#views.get(this.#active);
    if (before) before.button.tabIndex = -1;
    this.#active = key;
    const now = this.#views.get(key);
    if (now) now.button.tabIndex = 0;
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    this.#touch();
    const index = this.order.indexOf(this.#active);
    const { columns, height, gap } = this.#shape;
    const screen = columns * Math.max(1, Math.floor(this.#main.clientHeight / (height + gap)));
    const last = this.order.length - 1;
    const to = {
      ArrowLeft: index - 1, ArrowRight: index + 1, ArrowUp: index - columns, ArrowDown: index + columns,
      Home: 0, End: last, PageUp: Math.max(index - screen, index % columns), PageDown: Math.min(index + screen, last),
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    if (to >= 0 && to <= last) this.focus(this.order[to]);
  }

  /** How many columns there is room for, and how large a cell is. */
  #measure() {
    const style = getComputedStyle(this.#list);
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const [least, height, gap] = ['--cell-width', '--cell-height', '--cell-gap'].map((name) => parseFloat(style.getPropertyValue(name)) * rem);
    this.#least = { width: least, height, gap };
    this.#fit();
    this.#draw();
  }

  /** Makes cells as large as they may be while all of them are in view, so that a few fill a wall. */
  #fit() {
    const { width: least, height, gap } = this.#least;
    const room = this.#list.clientWidth;
    const columnsAt = (scale) => Math.max(1, Math.floor((room + gap) / (least * scale + gap)));
    const fits = (scale) => columnsAt(scale) > 1 && Math.ceil(this.order.length / columnsAt(scale)) * (height * scale + gap) < this.#main.clientHeight - gap;
    const scale = SCALES.find(fits) ?? 1;
    const columns = columnsAt(scale);
    this.#list.style.setProperty('--scale', scale);
    this.#shape = { columns, width: (room - gap * (columns - 1)) / columns, height: height * scale, gap };
  }

  #soon() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.#draw();
    });
  }

  /** Makes the cells that came into view, and takes back those that left it. */
  #draw() {
    const { columns, width, height, gap } = this.#shape;
    const rows = Math.ceil(this.order.length / columns);
    this.#list.style.height = `${Math.max(0, rows * (height + gap) - gap)}px`;
    const { scrollTop, clientHeight } = this.#main;
    const first = Math.max(0, Math.floor(scrollTop / (height + gap)) - SPARE_ROWS) * columns;
    const end = Math.min(this.order.length, (Math.ceil((scrollTop + clientHeight) / (height + gap)) + SPARE_ROWS) * columns);
    const shown = [];
    // The place of a breaker that is gone stays empty until there is a new order.
    const isThere = (i) => this.#model.cells.has(this.order[i]);
    for (let i = first; i < end; i += 1) if (isThere(i)) shown.push(i);
    const active = this.order.indexOf(this.#active);
    if (active >= 0 && isThere(active) && (active < first || active >= end)) shown[active < first ? 'unshift' : 'push'](active);
    this.#retire(new Set(shown.map((i) => this.order[i])));
    let next = this.#list.firstChild;
    for (const i of shown) {
      const view = this.#view(this.order[i]);
      view.place(i, this.order.length);
      const { style } = view.slot;
      style.transform = `translate(${(i % columns) * (width + gap)}px, ${Math.floor(i / columns) * (height + gap)}px)`;
      style.width = `${width}px`;
      if (view.slot === next) next = next.nextSibling;
      else this.#put(view.slot, next);
    }
  }

  /** Puts an element before another in the document's order; one that has the focus keeps it. */
  #put(slot, next) {
    const had = slot.contains(document.activeElement) ? document.activeElement : null;
    this.#list.insertBefore(slot, next);
    had?.focus({ preventScroll: true });
  }

  #retire(keep) {
    for (const [key, view] of this.#views) {
      if (keep.has(key)) continue;
      view.slot.remove();
      this.#views.delete(key);
      this.#pool.push(view);
    }
  }

  #view(key) {
    const cell = this.#model.cells.get(key);
    let view = this.#views.get(key);
    if (!view) {
      view = this.#pool.pop() ?? new CellView();
      this.#views.set(key, view);
      view.button.tabIndex = key === this.#active ? 0 : -1;
      if (key === this.selected) view.button.setAttribute('aria-current', 'true');
      else view.button.removeAttribute('aria-current');
      view.bind(cell);
    } else if (view.cell !== cell) view.bind(cell);
    return view;
  }

  #glide(before) {
    for (const [key, view] of this.#views) {
      const { slot } = view;
      const from = before.get(key);
      if (from && from !== slot.style.transform) {
        slot.animate([{ transform: from }, { transform: slot.style.transform }], { duration: 350, easing: 'ease-in-out' });
      } else if (!from) slot.animate([{ opacity: 0 }, { opacity: 1 }], { duration: 250 });
    }
  }
}
