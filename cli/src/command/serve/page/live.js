// The stream of the agent, begun anew whenever it breaks off.

/** Silence that is not believed: the agent is asked whether it is there. */
const SILENCE_MS = 6000;
const ANSWER_MS = 3000;
const SOONEST_MS = 500;
const LATEST_MS = 5000;
/** After so long without the agent it is called gone. */
const GONE_MS = 10_000;

/**
 * @param {{hello: Function, problems: Function, breakers: Function, gone: Function, transition: Function, fleet: Function, link: Function}} heard
 *   `link` is told `live`, `reconnecting` or `gone`, and since when
 */
export function listen(heard) {
  let source = null;
  let wait = SOONEST_MS;
  let again = 0;
  let word = performance.now();
  let lostAt = 0;

  const isHere = () => {
    word = performance.now();
    if (lostAt) heard.link('live', word);
    lostAt = 0;
    wait = SOONEST_MS;
  };

  const begin = () => {
    again = 0;
    source = new EventSource('/api/live');
    for (const name of ['hello', 'problems', 'breakers', 'gone', 'transition', 'fleet']) {
      source.addEventListener(name, (message) => {
        isHere();
        heard[name](JSON.parse(message.data));
      });
    }
    source.addEventListener('error', lose);
  };

  const lose = () => {
    source.close();
    if (again) return;
    lostAt ||= performance.now();
    again = setTimeout(begin, wait);
    wait = Math.min(wait * 2, LATEST_MS);
    report();
  };

  const report = () => {
    if (lostAt) heard.link(performance.now() - lostAt > GONE_MS ? 'gone' : 'reconnecting', word);
  };

  const check = async () => {
    report();
    if (lostAt || performance.now() - word < SILENCE_MS) return;
    try {
      const answer = await fetch('/healthz', { signal: AbortSignal.timeout(ANSWER_MS) });
      if (answer.ok) word = performance.now();
      else lose();
    } catch {
      lose();
    }
  };

  lostAt = performance.now();
  begin();
  setInterval(check, 1000);
}
