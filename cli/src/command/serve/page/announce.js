// Tells transitions to those who hear this page, a few at a time.

import { $, make } from './dom.js';
import { plain } from './format.js';
import { state, why } from './states.js';

/** The least time between two announcements. */
const PAUSE_MS = 4000;
/** How many transitions are told one by one. */
const TOLD = 3;

let waiting = [];
let timer = 0;

/** Tells of a transition, with the others of the next seconds. */
export function announce(event) {
  waiting.push(event);
  timer ||= setTimeout(tell, waiting.length === 1 ? 300 : PAUSE_MS);
}

function tell() {
  const told = waiting.slice(-TOLD).map((event) => `${plain(event.breaker)} ${state(event.to).word}: ${plain(event.note) || why(event)}.`);
  const more = waiting.length - told.length;
  if (more > 0) told.push(`And ${more} more transitions.`);
  $('say').replaceChildren(make('p', { text: told.join(' ') }));
  waiting = [];
  timer = setTimeout(() => {
    timer = 0;
    if (waiting.length) tell();
  }, PAUSE_MS);
}
