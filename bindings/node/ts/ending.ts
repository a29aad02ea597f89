/** How a call ended, by what ended it. */

import { executionAsyncResource } from 'node:async_hooks';
import type { End } from '../native/native';

/**
 * Its user aborts it now, for this reason: he breaks off, or will not wait longer. SDKs (OpenAI's, Anthropic's) abort
 * a call whose time is up without a reason, as if their user had left; but they do so from a timer.
 */
export function endOfAbort(reason: unknown): End {
  return isTimeout(reason) || isTimer(executionAsyncResource()) ? 'stalled' : 'abandoned';
}

/** Nobody that is known here aborted it. */
export function endOfError(error: unknown): End {
  if (!(error instanceof Error)) return 'cut';
  if (error.name === 'AbortError') return 'abandoned';
  return isTimeout(error) || isTimeout(error.cause) ? 'stalled' : 'cut';
}

/** `AbortSignal.timeout`'s reason, and undici's errors: `HeadersTimeoutError`, `BodyTimeoutError`, ... */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('TimeoutError');
}

/** Whether it is what Node runs a timer's function for. */
function isTimer(resource: object): boolean {
  return resource.constructor?.name === 'Timeout';
}
