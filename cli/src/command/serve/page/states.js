// The modes of a breaker: their words, their shapes, and which of them is worse.

/**
 * What there is to know of each mode. Shapes tell them apart without colour; `path` is drawn around 0,0 with a radius of 10.
 * @type {Record<string, {word: string, plural: string, rank: number, path: string, means: string}>}
 */
export const STATES = {
  open: {
    word: 'open', rank: 0, path: 'M0-11L11 0 0 11-11 0Z',
    means: 'rejects every call; when its time is over, the next call is a probe',
  },
  'half-open': {
    word: 'half-open', rank: 1, path: 'M-10 0A10 10 0 0 1 10 0ZM-10 0A10 10 0 0 0 10 0H8.4A8.4 8.4 0 0 1-8.4 0Z',
    means: 'lets a few probes through, and judges by them',
  },
  'forced-open': {
    word: 'forced open', rank: 2,
    path: 'M-4.1-10H4.1L10-4.1V4.1L4.1 10H-4.1L-10 4.1V-4.1ZM-6-2V2H6V-2Z',
    means: 'rejects every call until an operator says otherwise',
  },
  closed: { word: 'closed', rank: 3, path: 'M-10 0A10 10 0 1 1 10 0A10 10 0 1 1-10 0Z', means: 'admits and records every call' },
  observing: {
    word: 'observing', rank: 4,
    path: 'M-10 0A10 10 0 1 1 10 0A10 10 0 1 1-10 0ZM-7.6 0A7.6 7.6 0 1 0 7.6 0A7.6 7.6 0 1 0-7.6 0ZM-3.4 0A3.4 3.4 0 1 1 3.4 0A3.4 3.4 0 1 1-3.4 0Z',
    means: 'admits and records every call, and only counts when it would have tripped',
  },
  disabled: {
    word: 'disabled', rank: 5,
    path: 'M-10 0A10 10 0 1 1 10 0A10 10 0 1 1-10 0ZM-7.6 0A7.6 7.6 0 1 0 7.6 0A7.6 7.6 0 1 0-7.6 0ZM-6.9 5.5L5.5-6.9 6.9-5.5-5.5 6.9Z',
    means: 'admits every call, and watches none',
  },
};

/** In the order in which they are shown. */
export const MODES = Object.keys(STATES);

/** What is known of a mode; of one that this page has not heard of, its name. */
export function state(mode) {
  return STATES[mode] ?? { word: mode, rank: 3, path: STATES.closed.path, means: '' };
}

const REASONS = {
  failure: 'too many failures',
  row: 'failures in a row',
  slow: 'too many slow calls',
  throttled: 'told to wait by the server',
  deadline: 'its time was over',
  'probes-succeeded': 'the probes succeeded',
  'probe-failed': 'a probe failed',
  'half-open-timeout': 'half-open for too long',
  lease: 'a probe was lost',
  operator: 'by an operator',
  detached: 'lost its segment',
  configured: 'configured',
  remote: 'by the fleet',
};

/** Why a transition was made, in words. */
export function why(event) {
  return REASONS[event.reason] ?? event.reason;
}
