// Operating a breaker: buttons, and the dialog that asks once more.

import { command, keep, token } from './api.js';
import { $, make, say } from './dom.js';
import { plain } from './format.js';

/** The commands as buttons; `timed` asks for how long. */
const COMMANDS = [
  { command: 'trip', word: 'Trip', what: 'It opens as if a rule had been met, and probes by itself when its opening is over.' },
  { command: 'trip', word: 'Trip for…', timed: true, what: 'It opens for exactly so long, also if it is open already, and then probes.' },
  { command: 'half-open', word: 'Half-open', only: 'open', what: 'The next calls are probes: it closes if they succeed.' },
  { command: 'reset', word: 'Reset', what: 'It closes, and forgets everything but its totals.' },
  { command: 'force-open', word: 'Force open', what: 'It rejects every call of every process until it is told otherwise.' },
  { command: 'disable', word: 'Disable', what: 'It admits every call and watches none until it is told otherwise.' },
  { command: 'observe', word: 'Observe', what: 'It admits every call, and only counts when it would have tripped.' },
];

const SPANS = { s: 1000, m: 60_000, h: 3_600_000 };
/** The longest opening, as `hscb trip --for` has it. */
const LONGEST_MS = 86_400_000;

export class Operator {
  #model;
  #dialog = $('operate');

  /** @param {import('./model.js').Model} model */
  constructor(model) {
    this.#model = model;
  }

  /** The buttons for a breaker. */
  bar(key) {
    const buttons = COMMANDS.map((one) => make('button', { type: 'button', class: 'plain', text: one.word, 'aria-describedby': 'operable', onclick: () => this.#confirm(one, key) }));
    const note = make('p', { id: 'operable', class: 'fine' });
    const group = make('div', { class: 'buttons', role: 'group', 'aria-label': 'Operate this breaker' }, ...buttons);
    return { element: make('div', { class: 'commands' }, group, note), buttons, note };
  }

  /** Which of the buttons make sense now, and why the others do not. */
  update({ buttons, note }, live) {
    const { agent } = this.#model;
    COMMANDS.forEach((one, i) => {
      buttons[i].disabled = !agent.operable || Boolean(one.only && one.only !== live.mode);
    });
    say(note, agent.operable ? 'Each asks once more. Half-open is possible from open only.' : 'Looking only: this agent was started without a token. With --token-file it lets those operate who have it.');
  }

  #confirm(one, key) {
    const { segment, name } = this.#model.cells.get(key)?.live ?? {};
    if (!name) return;
    const fields = {
      time: one.timed ? make('input', { name: 'time', value: '60s', required: true, autocomplete: 'off', 'aria-describedby': 'time-form' }) : null,
      reason: make('input', { name: 'reason', maxlength: '100', autocomplete: 'off', placeholder: 'maintenance until 14:00' }),
      token: token() ? null : tokenField(),
    };
    const error = make('p', { class: 'error', role: 'alert' });
    const go = make('button', { type: 'submit', class: 'plain primary', text: one.word.replace('…', '') });
    const form = make('form', { novalidate: true },
      make('h2', { id: 'operate-title' }, `${one.word.replace(' for…', '')} `, make('bdi', { text: plain(name) }), one.timed ? ' for a stated time?' : '?'),
      make('p', { text: `${one.what} This holds for all processes that share segment ${segment}.` }),
      fields.time && labelled('For how long', fields.time, make('span', { id: 'time-form', class: 'fine', text: 'such as 90s, 5m or 1h; at most 24h' })),
      labelled('Reason, for the log', fields.reason),
      fields.token && labelled('Token of the agent', fields.token, make('span', { class: 'fine', text: 'kept until this tab is closed' })),
      error,
      make('div', { class: 'choice' }, make('button', { type: 'button', class: 'plain', text: 'Cancel', onclick: () => this.#dialog.close() }), go));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#run(one, { segment, name }, fields, { form, error, go });
    });
    this.#dialog.replaceChildren(form);
    this.#dialog.showModal();
    (fields.time ?? fields.reason).focus();
  }

  async #run(one, of, fields, { form, error, go }) {
    say(error, '');
    const order = { ...of, command: one.command };
    if (fields.reason.value.trim()) order.reason = fields.reason.value.trim();
    if (fields.time) order.for_ms = milliseconds(fields.time.value);
    if (Number.isNaN(order.for_ms)) return say(error, 'For how long? A number and s, m or h, such as 90s; at most 24h.');
    if (fields.token && !/^[\x21-\x7e]*$/.test(fields.token.value.trim())) return say(error, 'A token has letters, digits and signs of ASCII, and no spaces.');
    if (fields.token) keep(fields.token.value.trim());
    if (!token()) return say(error, 'Commands need the token of the agent.');
    go.disabled = true;
    try {
      await command(order);
      this.#dialog.close();
    } catch (refusal) {
      if (refusal.code === 'unauthorized') this.#askAgain(fields, form, error);
      else say(error, refusal.message);
    } finally {
      go.disabled = false;
    }
  }

  /** The token was wrong: it is forgotten, and asked for. */
  #askAgain(fields, form, error) {
    keep('');
    if (!fields.token) {
      fields.token = tokenField();
      form.insertBefore(labelled('Token of the agent', fields.token), error);
    }
    fields.token.value = '';
    fields.token.focus();
    say(error, 'The agent does not know this token.');
  }
}

function tokenField() {
  return make('input', { name: 'token', type: 'password', autocomplete: 'off', required: true });
}

function labelled(text, input, after = null) {
  return make('label', { class: 'field' }, make('span', { text }), input, after);
}

/** `90s`, `5m` or `1h` in ms; NaN if it is none, or too long. */
function milliseconds(text) {
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([smh])\s*$/.exec(text) ?? [];
  const ms = Math.round(Number(number) * SPANS[unit]);
  return ms >= 1 && ms <= LONGEST_MS ? ms : NaN;
}
