/** What a client is asked for. */

import { checkObject, checkTypes, milliseconds, outOfRange, wrongType } from './errors';

/** How a call is made. */
export interface SendOptions {
  /** The whole time of the call, over all attempts and routes, in ms, instead of the table's. */
  timeoutMs?: number;
  /** False: neither take an answer from the cache nor keep it. */
  cache?: boolean;
  /** Where all fails, take the last good answer to the same request, however old (within the cache's `stale_ms`). */
  orStale?: boolean;
  /** Where all fails, take this as the answer's body: anything that JSON can say, but null. */
  fallback?: unknown;
  /** Breaks the call off when it is aborted: it rejects with the signal's reason. */
  signal?: AbortSignal;
}

/** A call to be made. */
export interface ClientRequest extends SendOptions {
  /** Below the endpoint's URL, such as `/chat/completions`. */
  path: string;
  /** A JSON object, of which nothing but `model` is changed; left out: the path is asked by GET. */
  body?: object;
}

/** A message of a chat; what else the service knows goes with it as it is. */
export interface ChatMessage {
  role: string;
  content?: unknown;
  [field: string]: unknown;
}

/** Fields of a body. */
export type BodyFields = Record<string, unknown>;

const OPTIONS = {
  path: 'anything',
  body: 'anything',
  timeoutMs: 'anything',
  cache: 'boolean',
  orStale: 'boolean',
  fallback: 'anything',
  signal: 'AbortSignal',
} as const;

/** A chat. `messages`: a text is one message of a user. */
export function chat(model: string, messages: string | readonly ChatMessage[], fields: BodyFields = {}): ClientRequest {
  const list = typeof messages === 'string' ? [{ role: 'user', content: messages }] : messages;
  return { path: '/chat/completions', body: { ...fields, model, messages: list } };
}

/** Embeddings of a text, or of several. */
export function embeddings(model: string, input: string | readonly string[], fields: BodyFields = {}): ClientRequest {
  return { path: '/embeddings', body: { ...fields, model, input } };
}

/** A request as the addon reads it. */
export function requestJson(request: ClientRequest): string {
  checkTypes(request, OPTIONS);
  const { path, body, timeoutMs, cache, orStale, fallback } = request;
  if (typeof path !== 'string') throw wrongType('path', path, 'a string');
  if (body !== undefined) checkObject('body', body);
  if (fallback === null || typeof fallback === 'function') {
    throw wrongType('fallback', fallback, 'a value that JSON can say, but null');
  }
  return JSON.stringify({ path, body, timeout_ms: wholeMs(timeoutMs), cache, or_stale: orStale, or: fallback });
}

/** A day is for ever. */
const LONGEST_MS = 86_400_000;

function wholeMs(timeoutMs: number | undefined): number | undefined {
  if (timeoutMs === undefined) return undefined;
  if (!(milliseconds('timeoutMs', timeoutMs) >= 0)) throw outOfRange('timeoutMs', timeoutMs, 'at least 0');
  return Math.min(Math.ceil(timeoutMs), LONGEST_MS);
}
