/**
 * holysheep-cb: a circuit breaker that every thread, every process and every language on a host share. The addon in
 * `src/` has the rules; here they get JavaScript's form.
 *
 * | file | what |
 * |---|---|
 * | `native` | finds and loads the addon |
 * | `names`, `errors` | the core's names and errors as JavaScript's |
 * | `config`, `rules` | options: of the breaker, and of its calls |
 * | `hot` | the crossing that every call makes |
 * | `watch`, `hub`, `stream` | listening to a segment: for breakers, and for iterators |
 * | `segment` | `Segment` |
 * | `emitter`, `caller`, `permit`, `breaker` | `Breaker`, from its events up, and `Permit` |
 * | `verdict`, `ending`, `exchange` | an HTTP call: what it says of the service, how it ended, all of it |
 * | `pool` | the breakers of an HTTP client |
 * | `body`, `fetch` | `breakerFetch` |
 * | `undici` | `breakerInterceptor` |
 */

export { Breaker, type BreakerOptions } from './breaker';
export type { Config } from './config';
export type { BreakerEvents } from './emitter';
export { CircuitOpenError } from './errors';
export { breakerFetch, type FetchOptions } from './fetch';
export { Permit } from './permit';
export type { HttpOptions } from './pool';
export type { CallOptions, CallRules } from './rules';
export { Segment, type SegmentOptions } from './segment';
export type { EventsOptions } from './stream';
export { breakerInterceptor, type InterceptorOptions } from './undici';
export type { Verdict } from './verdict';
export type { Cause, Mode, Outcome, Reason, Snapshot, Totals, Transition } from '../native/native';
