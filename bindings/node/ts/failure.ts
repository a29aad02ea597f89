/** A call of a client without an answer. */

import { camelCased } from './names';

/** What went wrong; each kind's rules are in docs/CLIENT.md. */
export type FailureKind =
  | 'rate_limit'
  | 'quota'
  | 'auth'
  | 'invalid_request'
  | 'not_found'
  | 'server'
  | 'overloaded'
  | 'connect_timeout'
  | 'first_byte_timeout'
  | 'chunk_timeout'
  | 'connection'
  | 'bad_response'
  | 'cancelled'
  | 'circuit_open'
  | 'bulkhead_full'
  | 'limited'
  | 'deadline'
  | 'budget'
  | 'no_route';

/** Whose trouble it is. */
export type FailureScope = 'account' | 'caller' | 'model' | 'endpoint';

/** A route that did not let a call go. */
export interface Refusal {
  readonly route: string;
  /** The model that it was asked for. */
  readonly model: string;
  readonly kind: FailureKind;
  /** How long until it may let one go; null if that is not to be known. */
  readonly retryAfterMs: number | null;
}

interface Fields {
  readonly kind: FailureKind;
  readonly scope: FailureScope;
  readonly retryable: boolean;
  readonly message: string;
  readonly status: number | null;
  readonly code: string | null;
  readonly requestId: string | null;
  readonly retryAfterMs: number | null;
  readonly route: string | null;
  readonly attempts: number;
  readonly refusals: readonly Refusal[];
}

/** The call has no answer. It never holds a key. */
export class ClientError extends Error {
  override readonly name = 'ClientError';
  readonly code = 'HSCB_CALL_FAILED';
  /** What went wrong: with the last attempt, or with the last refusal where nothing was sent. */
  readonly kind: FailureKind;
  /** Whose trouble it is. */
  readonly scope: FailureScope;
  /** Whether time may mend it. */
  readonly retryable: boolean;
  /** The response's status; null if there was none. */
  readonly status: number | null;
  /** The error's own code, type and parameter, as the service names them. */
  readonly serviceCode: string | null;
  /** The request's number at the service, to ask its support about. */
  readonly requestId: string | null;
  /** How long the service asks to wait, or until a route may let a call go; null if that is not to be known. */
  readonly retryAfterMs: number | null;
  /** The route it came from; null if none was asked. */
  readonly route: string | null;
  /** How many requests were sent. */
  readonly attempts: number;
  /** The routes that did not let the call go, in the order of asking. */
  readonly refusals: readonly Refusal[];

  /** @internal */
  constructor(json: string) {
    const { message, code, ...fields } = camelCased(json) as Fields;
    super(message);
    this.kind = fields.kind;
    this.scope = fields.scope;
    this.retryable = fields.retryable;
    this.status = fields.status;
    this.serviceCode = code;
    this.requestId = fields.requestId;
    this.retryAfterMs = fields.retryAfterMs;
    this.route = fields.route;
    this.attempts = fields.attempts;
    this.refusals = fields.refusals;
  }
}
