/** What a client's call resolves to. */

import { inspect } from 'node:util';
import type { CallOutcome } from '../native/native';
import { lost } from './errors';
import { ClientError } from './failure';
import { camelCased } from './names';

/** Tokens, as the service counts them. */
export interface Usage {
  readonly input: number;
  readonly output: number;
}

/** What became of a call on its way. */
export interface Meta {
  /** Where the answer comes from: the service, the cache, the last good one, or the request's `fallback`. */
  readonly source: 'service' | 'cache' | 'stale' | 'static';
  /** The route that answered; empty for a static answer. */
  readonly route: string;
  /** The account that it was charged to. */
  readonly account: string | null;
  /** The model that answered, as the route calls it. */
  readonly model: string;
  /** It is another model than was asked for. */
  readonly fallbackUsed: boolean;
  /** Requests that were sent for it. */
  readonly attempts: number;
  /** From the first attempt to the end. */
  readonly latencyMs: number;
  /** From sending the request that was answered to the first byte of the answer. */
  readonly firstByteMs: number;
  readonly usage: Usage | null;
  /** What it cost in USD; null if the model has no price. */
  readonly usd: number | null;
  /** The request's number at the service. */
  readonly requestId: string | null;
}

/** An answer: its body as it came, and what became of the call on its way. */
export class Answer {
  /** The body, as it came. */
  readonly body: Buffer;
  /** What the model has written, whatever the provider's format; null if that is nothing. */
  readonly text: string | null;
  /** What became of the call on its way. */
  readonly meta: Meta;

  /** @internal */
  constructor(body: Buffer, text: string | null, meta: Meta) {
    this.body = body;
    this.text = text;
    this.meta = meta;
  }

  /** The body as JSON. */
  json(): any {
    return JSON.parse(this.body.toString());
  }

  /** Without the body, which is the user's. */
  [inspect.custom](): string {
    return `Answer (${this.body.length} bytes) ${inspect(this.meta)}`;
  }
}

/** What came of a call: its answer, or the error that it rejects with. */
export function answerOf(outcome: CallOutcome | null): Answer | Error {
  if (outcome === null) return lost();
  if (outcome.body === undefined) return new ClientError(outcome.json);
  return new Answer(outcome.body, outcome.text ?? null, camelCased(outcome.json) as Meta);
}
