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
 * | `emitter`, `caller`, `permit`, `command`, `breaker` | `Breaker`, from its events up, and `Permit` |
 * | `patience` | waiting that has an end, and may be aborted |
 * | `limiter` | `Limiter` |
 * | `seat`, `bulkhead` | `BulkheadPermit`, `Bulkhead` |
 * | `verdict`, `ending`, `exchange` | an HTTP call: what it says of the service, how it ended, all of it |
 * | `pool` | the breakers of an HTTP client |
 * | `body`, `fetch` | `breakerFetch` |
 * | `undici` | `breakerInterceptor` |
 * | `request`, `answer`, `failure` | what a client is asked for, what it answers, and `ClientError` |
 * | `alive` | what keeps the process alive |
 * | `outgoing`, `pieces`, `batch` | a call of a client on its way; an answer in pieces; many calls |
 * | `opening`, `client` | tables that are being read; `Client` |
 */

export { Answer, type Meta, type Usage } from './answer';
export type { BatchOptions, BatchResult, BatchResults, Progress } from './batch';
export { Breaker, type BreakerOptions } from './breaker';
export { Bulkhead, type BulkheadOptions } from './bulkhead';
export { Client, type ClientOptions, type ClientStatus, type RouteStatus, type Spent } from './client';
export type { CommandOptions } from './command';
export type { BulkheadConfig, Config, LimiterConfig } from './config';
export type { BreakerEvents } from './emitter';
export { BulkheadFullError, CircuitOpenError, LimitedError } from './errors';
export { ClientError, type FailureKind, type FailureScope, type Refusal } from './failure';
export { breakerFetch, type FetchOptions } from './fetch';
export { Limiter, type LimiterOptions, type ServerLimits } from './limiter';
export type { WaitOptions } from './patience';
export { Permit } from './permit';
export { Piece, PieceStream } from './pieces';
export type { HttpOptions } from './pool';
export type { BodyFields, ChatMessage, ClientRequest, SendOptions } from './request';
export type { CallOptions, CallRules } from './rules';
export { BulkheadPermit } from './seat';
export { Segment, type SegmentOptions } from './segment';
export type { EventsOptions } from './stream';
export { breakerInterceptor, type InterceptorOptions } from './undici';
export type { Verdict } from './verdict';
export type {
  BatchStats,
  BulkheadSnapshot,
  Cause,
  LimiterSnapshot,
  Mode,
  Outcome,
  Reason,
  Snapshot,
  Totals,
  Transition,
} from '../native/native';
