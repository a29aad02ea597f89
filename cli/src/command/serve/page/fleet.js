// The fleet: which breakers are open on which hosts, who probes for all, and whether its server is there.

import * as api from './api.js';
import { $, make, say } from './dom.js';
import { countdown, plain } from './format.js';

/** How often it is asked for: often while somebody looks. */
const SHOWN_MS = 1000;
const HIDDEN_MS = 5000;

/** Shows the button, and what is behind it, if the agent has joined a fleet. */
export function fleet() {
  const button = $('fleet-open');
  const dialog = $('fleet');
  let isJoined = false;
  let timer = 0;

  const look = async () => {
    clearTimeout(timer);
    timer = 0;
    if (!isJoined) return;
    try {
      const shown = await api.fleet();
      button.dataset.link = shown.connected ? 'live' : 'gone';
      say(button, shown.connected ? `Fleet: ${hosts(shown.hosts)}` : 'Fleet: alone');
      if (dialog.open) show(shown);
    } catch {
      // The stream tells that the agent is gone.
    }
    clearTimeout(timer);
    timer = setTimeout(look, dialog.open ? SHOWN_MS : HIDDEN_MS);
  };

  button.addEventListener('click', () => {
    dialog.showModal();
    look();
  });
  return {
    /** What the agent says of itself. */
    begin(agent) {
      isJoined = agent.fleet !== null;
      button.hidden = !isJoined;
      look();
    },
    /** The server is away, or back. */
    tell: look,
  };
}

function show(shown) {
  const where = shown.connected ? `${hosts(shown.hosts)} share through ${shown.server}.` : `${shown.server} is away: ${shown.trouble ?? ''}. Every breaker goes on by itself.`;
  say($('fleet-where'), `Namespace ${shown.namespace}; this host is ${plain(shown.host)}. ${plain(where)}`);
  const all = [...new Set(shown.breakers.flatMap((breaker) => [...breaker.open_on.map((vote) => vote.host), ...(breaker.probes ? [breaker.probes.host] : [])]))].sort();
  const head = make('tr', {}, ...['Breaker', 'Policy', 'Open on', ...all.map(plain), 'Forced open'].map((text) => make('th', { scope: 'col', text })));
  const rows = shown.breakers.map((breaker) => row(breaker, all));
  $('fleet-table').replaceChildren(make('thead', {}, head), make('tbody', {}, ...rows));
  $('fleet-table').hidden = rows.length === 0;
  $('fleet-rest').hidden = rows.length > 0;
}

function row(breaker, all) {
  const cells = all.map((host) => {
    const vote = breaker.open_on.find((one) => one.host === host);
    const probes = breaker.probes?.host === host;
    const words = [vote && `open ${countdown(vote.remaining_ms)}`, probes && 'probes for all'].filter(Boolean);
    return make('td', { class: vote ? 'voted' : null, text: words.join(', ') || '–' });
  });
  return make('tr', {}, make('th', { scope: 'row' }, make('bdi', { text: plain(breaker.breaker) })), make('td', { text: breaker.policy }), make('td', { text: breaker.votes ? hosts(breaker.votes) : '–' }), ...cells, make('td', { text: plain(breaker.forced ?? '–') }));
}

const hosts = (n) => (n === 1 ? '1 host' : `${n} hosts`);
