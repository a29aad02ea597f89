/** Hearing of an abort. */

/** Who wants to hear of each signal's abort. */
const hearers = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `hear` when the signal is aborted, until the function that is returned is called. However many want to hear, the
 * signal has one listener: hundreds of calls under one signal are no leak, and must not look like one.
 */
export function onAbort(signal: AbortSignal, hear: () => void): () => void {
  const known = hearers.get(signal);
  const set = known ?? new Set();
  if (known === undefined) {
    hearers.set(signal, set);
    signal.addEventListener('abort', tell);
  }
  set.add(hear);
  return () => {
    set.delete(hear);
    if (set.size > 0 || hearers.get(signal) !== set) return;
    hearers.delete(signal);
    signal.removeEventListener('abort', tell);
  };
}

function tell(this: AbortSignal): void {
  const set = hearers.get(this);
  hearers.delete(this);
  this.removeEventListener('abort', tell);
  for (const hear of set ?? []) hear();
}
