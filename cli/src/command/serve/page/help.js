// What the page means, and its keys.

import { $, glyph, make, say } from './dom.js';
import { plain } from './format.js';
import { MODES, STATES } from './states.js';

/** Opens it. */
export function help(agent) {
  $('legend').replaceChildren(...MODES.map((mode) => make('li', { 'data-mode': mode }, glyph(mode), make('b', { text: STATES[mode].word }), make('span', { text: STATES[mode].means }))));
  say($('about'), agent ? `hscb ${agent.version}, segments of ${plain(agent.directory)}` : '');
  $('help').showModal();
}
