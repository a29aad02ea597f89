/** What became of an HTTP call. */

import type { Cause, Outcome } from '../native/native';

/** What an HTTP call says of the service; docs/RESPONSES.md has the rules. */
export interface Verdict {
  /** The breaker's name. */
  readonly breaker: string;
  /** What the breaker was told. */
  readonly outcome: Outcome;
  /** Why. */
  readonly cause: Cause;
  /** How long the service asks to wait, in ms; 0 = it does not. */
  readonly retryAfterMs: number;
  /** How long the first byte of the body took, in ms; undefined if none came. */
  readonly firstByteMs: number | undefined;
}
