/** What keeps the process alive: calls that somebody waits for, and nothing else of a client. */

/** Those that are out. They are kept, though nobody else may know them. */
const out = new Set<object>();
let timer: NodeJS.Timeout | undefined;
/** The longest that a timer can run, ms. */
const LONGEST = 2 ** 31 - 1;

export function keepAlive(call: object): void {
  if (out.size === 0) timer = setInterval(() => {}, LONGEST);
  out.add(call);
}

export function letGo(call: object): void {
  if (out.delete(call) && out.size === 0) clearInterval(timer);
}
