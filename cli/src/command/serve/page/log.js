// The transitions of a breaker, the newest first.

import { glyph, make } from './dom.js';
import { clock, plain } from './format.js';
import { state, why } from './states.js';

/** @param {any[]} events the newest first */
export function eventLog(events) {
  if (events.length === 0) return make('p', { class: 'fine', text: 'None is kept.' });
  return make('ol', { class: 'log', role: 'list' }, ...events.map(entry));
}

function entry(event) {
  const what = event.from === event.to ? state(event.to).word : `${state(event.from).word} → ${state(event.to).word}`;
  return make('li', { 'data-mode': event.to },
    make('time', { datetime: event.at, text: clock(event.at) }),
    glyph(event.to),
    make('span', {}, make('b', { text: what }), ` ${why(event)}${event.note ? ': ' : ''}`, make('bdi', { text: plain(event.note) })),
    make('span', { class: 'fine', text: `pid ${event.pid}` }));
}
