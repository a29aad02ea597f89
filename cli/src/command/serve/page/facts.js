// Tables of a breaker: its totals and latencies, its configuration.

import { make, say } from './dom.js';
import { digits, latency, span } from './format.js';

const TOTALS = [
  ['successes', 'successes_total'], ['failures', 'failures_total'], ['slow', 'slow_total'], ['rejected', 'rejected_total'],
  ['throttled', 'throttled_total'], ['ignored', 'ignored_total'], ['late', 'late_total'], ['opened', 'opened_total'],
  ['half-opened', 'half_opened_total'], ['closed', 'closed_total'], ['would have tripped', 'would_trip_total'], ['probes lost', 'probes_lost_total'],
];
const LATENCIES = [['p50', 'p50_ms'], ['p95', 'p95_ms'], ['p99', 'p99_ms']];

/** Everything that was ever counted. */
export function totals() {
  const values = new Map([...TOTALS, ...LATENCIES].map(([, field]) => [field, make('dd')]));
  const element = make('dl', { class: 'totals' }, ...[...TOTALS, ...LATENCIES].map(([word, field]) => make('div', {}, make('dt', { text: word }), values.get(field))));
  const update = (live) => {
    for (const [, field] of TOTALS) say(values.get(field), digits(live[field]));
    for (const [, field] of LATENCIES) say(values.get(field), latency(live[field]));
  };
  return { element, update };
}

/** The configuration as a table, made anew only if it is another. */
export function configuration(box, config) {
  const text = JSON.stringify(config);
  if (box.dataset.of === text) return;
  box.dataset.of = text;
  const rows = Object.entries(config ?? {}).map(([field, value]) => make('tr', {}, make('th', { scope: 'row', text: field }), make('td', { text: setting(field, value) })));
  box.replaceChildren(make('table', { class: 'config' }, make('tbody', {}, ...rows)));
}

/** A value as it is written, and a time in words, too. */
function setting(field, value) {
  return field.endsWith('_ms') && value >= 1000 ? `${value} (${span(value)})` : String(value);
}
