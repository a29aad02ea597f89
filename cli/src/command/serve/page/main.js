// Puts the parts together: the stream fills the model, the model is shown.

import * as api from './api.js';
import { announce } from './announce.js';
import { Detail } from './detail.js';
import { $, say } from './dom.js';
import { Filters } from './filters.js';
import { fleet } from './fleet.js';
import { clock, plain } from './format.js';
import { Grid } from './grid.js';
import { help } from './help.js';
import { listen } from './live.js';
import { Model } from './model.js';
import { empty, link, notices } from './notices.js';
import { Operator } from './operate.js';
import { state } from './states.js';
import { theme } from './theme.js';

/** The least time between two new orders of the grid. */
const ARRANGE_MS = 1000;

const model = new Model();
const filters = new Filters(model, () => arrange(true));
const operator = new Operator(model);
const detail = new Detail(model, operator, { closed: (key) => show('', key) });
const ofFleet = fleet();
const grid = new Grid(model, { open: (key) => show(key) });
let arranged = -Infinity;
let isSoon = false;
let isHeard = false;

/** Shows the details of a breaker, or with none the grid alone and the focus where it was. */
function show(key, back) {
  grid.select(key);
  if (key) detail.open(key);
  else if (back !== undefined && !grid.focus(back)) $('cells').focus();
  const hash = key && `#${key.split('\n').map(encodeURIComponent).join('/')}`;
  history.replaceState(null, '', hash || location.pathname);
}

/** Sorts the grid anew; while somebody points at it, cells stay where they are, and new ones are put at the end. */
function arrange(now) {
  if (!now && performance.now() - arranged < ARRANGE_MS) return;
  arranged = performance.now();
  const order = model.order((cell) => filters.passes(cell));
  if (now || !grid.isHeld) {
    grid.arrange(order);
  } else {
    const there = new Set(order);
    const kept = grid.order.filter((key) => there.has(key));
    const known = new Set(kept);
    grid.arrange([...kept, ...order.filter((key) => !known.has(key))]);
  }
  offer(order);
  if (isHeard) empty(model, filters, grid.order.length);
}

/** While cells are held at their places: how many more would stand at the top. */
function offer(order) {
  const isTrouble = (key) => state(model.cells.get(key).live.mode).rank < 3;
  const trouble = order.filter(isTrouble).length;
  const higher = new Set(grid.order.slice(0, trouble));
  const below = order.slice(0, trouble).filter((key) => !higher.has(key)).length;
  $('resort').hidden = below === 0;
  say($('resort'), below === 1 ? '1 more in trouble below. Sort now' : `${below} more in trouble below. Sort now`);
}

/** Shows what has changed, with the next frame. */
function refresh() {
  if (isSoon) return;
  isSoon = true;
  requestAnimationFrame(() => {
    isSoon = false;
    filters.update();
    arrange(false);
    grid.update(false);
    detail.update();
    title();
  });
}

function title() {
  const counts = model.counts(() => true);
  const open = (counts.get('open') ?? 0) + (counts.get('forced-open') ?? 0);
  document.title = open ? `(${open} open) hscb` : 'hscb';
  const { latest } = model;
  const text = latest && `${clock(latest.at)}  ${plain(latest.breaker)}  ${state(latest.from).word} → ${state(latest.to).word}`;
  say($('latest'), text ?? '');
}

/** What was before this page: who forced what open, and why. */
async function remember() {
  const kept = await api.events(1024).catch(() => []);
  model.tell(kept);
  refresh();
}

listen({
  hello(agent) {
    model.begin(agent);
    notices(agent);
    ofFleet.begin(agent);
    remember();
  },
  problems(problems) {
    Object.assign(model.agent, problems);
    notices(model.agent);
  },
  breakers(breakers) {
    const isFirst = !isHeard;
    isHeard = true;
    model.take(breakers);
    if (isFirst) begin();
    refresh();
  },
  gone(names) {
    model.gone(names);
    refresh();
  },
  transition(event) {
    model.happen(event);
    announce(event);
    detail.tell(event);
    refresh();
  },
  fleet: () => ofFleet.tell(),
  link,
});

/** The first breakers are there: the one that the address names is shown. */
function begin() {
  arrange(true);
  const key = location.hash.slice(1).split('/').map(decode).join('\n');
  if (model.cells.has(key)) show(key);
}

function decode(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

$('resort').addEventListener('click', () => {
  grid.release();
  arrange(true);
  $('cells').scrollTop = 0;
  grid.focus(grid.order[0]);
});
setInterval(() => grid.count(), 100);
setInterval(() => {
  for (const cell of model.cells.values()) model.age(cell);
  arrange(false);
  grid.update(true);
}, 1000);

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || event.altKey || event.ctrlKey || event.metaKey || document.querySelector('dialog[open]')) return;
  const isTyping = event.target.matches('input, select, textarea');
  if (event.key === 'Escape') {
    if (detail.key) detail.close();
    else if (isTyping) filters.clearSearch();
  } else if (event.key === '/' && !isTyping) {
    event.preventDefault();
    filters.focus();
  } else if (event.key === '?' && !isTyping) help(model.agent);
});
$('help-open').addEventListener('click', () => help(model.agent));
theme(() => detail.repaint());
