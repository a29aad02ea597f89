/** How a call ended, by what ended it. */

import { executionAsyncResource } from 'node:async_hooks';
import type { End } from '../native/native';

/** Codes of undici for what its user does: arguments that it does not take, a dispatcher that he has closed. */
const OWN_FAULTS: ReadonlySet<unknown> = new Set([
  'UND_ERR_ABORTED',
  'UND_ERR_CLOSED',
  'UND_ERR_DESTROYED',
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
]);

/**
 * Its user aborts it now, for this reason: he breaks off, or will not wait longer. SDKs (OpenAI's for one) abort a call
 * whose time is up without a reason, as if their user had left; but they do so from a timer.
 */
export function endOfAbort(reason: unknown): End {
  return isTimeout(reason) || isTimer(executionAsyncResource()) ? 'stalled' : 'abandoned';
}

/** Nobody that is known here aborted it. */
export function endOfError(error: unknown): End {
  if (!(error instanceof Error)) return 'cut';
  if (isOwnFault(error) || isOwnFault(error.cause)) return 'abandoned';
  return isTimeout(error) || isTimeout(error.cause) ? 'stalled' : 'cut';
}

function isOwnFault(error: unknown): boolean {
  return error instanceof Error && (error.name === 'AbortError' || OWN_FAULTS.has((error as NodeJS.ErrnoException).code));
}

/** `AbortSignal.timeout`'s reason, and undici's errors: `HeadersTimeoutError`, `BodyTimeoutError`, ... */
function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.name.endsWith('TimeoutError');
}

/** Whether it is what Node runs a timer's function for. */
function isTimer(resource: object): boolean {
  return resource.constructor?.name === 'Timeout';
}
