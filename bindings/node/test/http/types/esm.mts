// HTTP calls as users write them, as tsc sees them. Each @ts-expect-error is a mistake that it must find.

import OpenAI6 from 'openai-6';
import OpenAI7 from 'openai-7';
import * as undici7 from 'undici-7';
import * as undici8 from 'undici-8';
import {
  type Cause,
  type CircuitOpenError,
  type FetchOptions,
  type InterceptorOptions,
  Segment,
  type Transition,
  type Verdict,
  breakerFetch,
  breakerInterceptor,
} from '../../../index.mjs';
import { is } from '../../types/is.mjs';

// HTTP calls: fetch keeps its type, whichever it is; the interceptor fits every undici's dispatchers.
export const guarded: typeof fetch = breakerFetch(fetch, { segment: 'billing', openMs: 5000, chunkTimeout: 10_000 });
export const guardedUndici: typeof undici7.fetch = breakerFetch(undici7.fetch, { onReject: 'throw' });
const fetchOptions: FetchOptions = {
  name: (url, body) => (body === undefined ? undefined : url.host),
  on: { open: (opened) => is<Transition>()(opened, true), reject: (error) => is<CircuitOpenError>()(error, true) },
  onVerdict: (verdict) => {
    is<Verdict>()(verdict, true);
    const cause: Cause = verdict.cause;
    if (cause === 'quota') is<number>()(verdict.retryAfterMs, true);
  },
};
new OpenAI6({ fetch: breakerFetch(fetch, fetchOptions) });
new OpenAI7({ fetch: breakerFetch(fetch, fetchOptions) });
const interceptorOptions: InterceptorOptions = { segment: new Segment(), origin: 'https://api.holysheep.ai', maxBreakers: 8 };
new undici7.Agent().compose(breakerInterceptor(interceptorOptions), undici7.interceptors.retry());
new undici8.Agent().compose(breakerInterceptor(interceptorOptions), undici8.interceptors.retry());
// @ts-expect-error: no fetch
breakerFetch({ segment: 'billing' });
// @ts-expect-error: a word that does not exist
breakerFetch(fetch, { onReject: 'error' });
// @ts-expect-error: a cause that does not exist
export const cause: Cause = 'weather';
// @ts-expect-error: an option of breakerFetch
breakerInterceptor({ onReject: 'throw' });
