// What stands between the filters and the grid: that the agent is gone, what it cannot open, or that there is nothing.

import { $, make, say } from './dom.js';
import { plain, span } from './format.js';

const WORDS = { connecting: 'connecting', live: 'live', reconnecting: 'reconnecting', gone: 'agent gone' };

/** The state of the connection, and when it was heard of last. */
export function link(word, since) {
  document.body.dataset.link = word;
  const silent = performance.now() - since;
  say($('link-word'), WORDS[word]);
  let notice = $('lost');
  if (word === 'live') notice?.remove();
  else if (word === 'gone' || notice) {
    notice ??= $('notices').appendChild(make('p', { id: 'lost', class: 'notice lost' }));
    say(notice, `No word from the agent for ${span(silent)}: what is shown is old. Trying again.`);
  }
}

/** What the agent cannot read: the directory, and segments. */
export function notices(agent) {
  const lines = agent.problems.map(({ segment, problem }) => `${plain(segment)} is left out: ${plain(problem)}`);
  if (agent.directory_problem) lines.unshift(`Segments that come or go are not seen: ${plain(agent.directory_problem)}`);
  const problems = lines.map((text) => make('p', { class: 'notice problem', text }));
  $('notices').querySelectorAll('.problem').forEach((old) => old.remove());
  $('notices').append(...problems);
}

const EXAMPLES = [
  ['Python', 'Breaker("api.example.com|gpt-4.1", segment="billing")'],
  ['Node', "new Breaker('api.example.com|gpt-4.1', { segment: 'billing' })"],
  ['Rust', 'Breaker::builder().segment(&Segment::open("billing")?).open("api.example.com|gpt-4.1")?'],
];

/** What is said where no cell is: that there is no breaker, or that none passes the filters. */
export function empty(model, filters, shown) {
  const box = $('empty');
  box.hidden = shown > 0;
  if (shown > 0) return;
  const kind = model.cells.size > 0 ? 'filtered' : 'none';
  if (box.dataset.kind === kind && box.firstChild) return;
  box.dataset.kind = kind;
  box.replaceChildren(...(kind === 'filtered' ? filtered(filters) : none(model.agent)));
}

function filtered(filters) {
  return [make('h2', { text: 'No breaker passes these filters' }), make('button', { type: 'button', class: 'plain', text: 'Show all', onclick: () => filters.clear() })];
}

function none(agent) {
  return [
    make('h2', { text: 'No breakers yet' }),
    make('p', {}, 'Segments are looked for in ', make('code', { text: plain(agent?.directory ?? '') }), '. A breaker appears here as soon as a process opens one in a shared segment:'),
    make('dl', { class: 'examples' }, ...EXAMPLES.flatMap(([language, line]) => [make('dt', { text: language }), make('dd', {}, make('code', { text: line }))])),
    make('p', { text: 'Services of another user have a directory of their own: start the agent as that user, or with HOLYSHEEP_CB_DIR set as the services have it.' }),
  ];
}
