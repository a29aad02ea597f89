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
 */

export { Breaker, type BreakerOptions } from './breaker';
export type { Config } from './config';
export type { BreakerEvents } from './emitter';
export { CircuitOpenError } from './errors';
export { Permit } from './permit';
export type { CallOptions, CallRules } from './rules';
export { Segment, type SegmentOptions } from './segment';
export type { EventsOptions } from './stream';
export type { Mode, Reason, Snapshot, Totals, Transition } from '../native/native';
