// Questions to the agent, and what it says when it refuses.

const TOKEN = 'hscb-token';

/** An answer that is none: `code` is the agent's, or `unreachable`. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, signal: AbortSignal.timeout(10_000) });
  } catch {
    throw new Refusal('unreachable', 'The agent does not answer.');
  }
  const body = await answer.json().catch(() => null);
  if (answer.ok && body !== null) return body;
  const { code, message } = body?.error ?? { code: 'unreadable', message: `The agent answered ${answer.status}.` };
  throw new Refusal(code, message);
}

/** One breaker, with its configuration and its trail. */
export function breaker(segment, name) {
  return ask(`/api/breakers/${encodeURIComponent(segment)}/${encodeURIComponent(name)}`);
}

/** The last transitions that are kept, of one breaker or of all. */
export function events(last, of = {}) {
  return ask(`/api/events?${new URLSearchParams({ ...of, last: String(last) })}`);
}

/** The fleet that the agent has joined. */
export function fleet() {
  return ask('/api/fleet');
}

/** Operates a breaker, with the token that is kept. */
export function command(order) {
  return ask('/api/command', {
    method: 'POST',
    headers: { Authorization: `Bearer ${token()}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(order),
  });
}

/** The token of this tab; empty if there is none. It is kept no longer than the tab. */
export function token() {
  return sessionStorage.getItem(TOKEN) ?? '';
}

/** Keeps a token for as long as the tab is open; an empty one forgets. */
export function keep(text) {
  if (text) sessionStorage.setItem(TOKEN, text);
  else sessionStorage.removeItem(TOKEN);
}
