/** `breakerFetch`: a `fetch` whose calls go through breakers. */

import { guardBody } from './body';
import { type CircuitOpenError, wrongType } from './errors';
import { endOfError } from './ending';
import type { Exchange } from './exchange';
import { type HttpOptions, Pool } from './pool';

/** How `breakerFetch` guards. */
export interface FetchOptions extends HttpOptions {
  /**
   * What a rejected call gives. 'response': a 503 that asks not to be tried again, in the form of OpenAI's errors (code
   * `circuit_open`); SDKs throw it and do not retry. 'throw': a `CircuitOpenError`, which SDKs take for a broken
   * connection. Default 'response'.
   */
  onReject?: 'response' | 'throw';
}

/** Any `fetch`: Node's, undici's, a wrapped one. */
type Fetch = (input: any, init?: any) => Promise<any>;

/**
 * A `fetch` that asks a breaker before each request, and tells it what became of the response when its body has ended.
 * Everything else is as `fetch` does it. Make one and keep it: it holds the breakers.
 */
export function breakerFetch<F extends Fetch>(fetch: F, options: FetchOptions = {}): F {
  if (typeof fetch !== 'function') throw wrongType('fetch', fetch, 'a function');
  const { onReject = 'response' } = options;
  if (onReject !== 'response' && onReject !== 'throw') throw wrongType('onReject', onReject, "'response' or 'throw'");
  const pool = new Pool(options, ['onReject']);
  const guarded = async (input: unknown, init?: RequestInit): Promise<Response> => {
    const { url, signal } = requestOf(input, init);
    const breaker = url && pool.breakerOf(url, init?.body);
    if (breaker === undefined || (signal instanceof AbortSignal && signal.aborted)) return fetch(input, init);
    let exchange: Exchange;
    try {
      exchange = pool.begin(breaker, signal);
    } catch (error) {
      if (onReject === 'throw') throw error;
      return refusal(error as CircuitOpenError);
    }
    return exchanged(() => fetch(input, init), exchange, pool.chunkTimeoutMs);
  };
  return guarded as F;
}

/** Makes the request, and sees to it that the exchange is told its end. */
async function exchanged(fetch: () => Promise<Response>, exchange: Exchange, chunkTimeoutMs: number): Promise<Response> {
  let response: Response;
  try {
    response = await fetch();
  } catch (error) {
    // A TypeError of fetch has a cause if the network is to blame, and none if the arguments are.
    if (error instanceof TypeError && error.cause === undefined) exchange.ignore();
    else exchange.end(endOfError(error));
    throw error;
  }
  if (!isResponse(response)) {
    exchange.ignore();
    return response;
  }
  exchange.responded(response.status, [...response.headers].flat());
  if (exchange.isOver) return response;
  // What is no stream of the web, or is read already, is judged by its status.
  if (!(response.body instanceof ReadableStream) || response.body.locked) {
    exchange.end('complete');
    return response;
  }
  return withBody(response, guardBody(response, exchange, chunkTimeoutMs));
}

/** A request as fetch takes it: where it goes (undefined if not to a host), and what may abort it. */
function requestOf(input: unknown, init: RequestInit | undefined): { url: URL | undefined; signal: unknown } {
  const request = typeof input === 'object' && input !== null && 'url' in input ? (input as Request) : undefined;
  const url = String(request?.url ?? input);
  const isHttp = /^https?:/i.test(url) && URL.canParse(url);
  return { url: isHttp ? new URL(url) : undefined, signal: init?.signal ?? request?.signal };
}

/** Whether it is one, and not just what a test needs of one. */
function isResponse(response: Response | undefined): response is Response {
  return Number.isInteger(response?.status) && typeof response?.headers?.[Symbol.iterator] === 'function';
}

/** The same response with another body. */
function withBody(original: Response, body: ReadableStream): Response {
  const isOfNode = original instanceof Response;
  const Kind = isOfNode ? Response : ((original as Response).constructor as typeof Response);
  return dressed(new Kind(body, original), original);
}

/** With what a Response has from the network alone, and its clones have, too. */
function dressed(response: Response, { url, redirected, type }: Response): Response {
  const clone = () => dressed(Object.getPrototypeOf(response).clone.call(response), response);
  const values = { url, redirected, type, clone };
  const properties = Object.entries(values).map(([name, value]) => [name, { value, configurable: true }]);
  return Object.defineProperties(response, Object.fromEntries(properties));
}

/** What a rejected call gives instead of a response of the service. */
function refusal({ breaker, mode, retryAfterMs, message }: CircuitOpenError): Response {
  const seconds = retryAfterMs === null ? null : retryAfterMs / 1000;
  const headers = new Headers({ 'x-should-retry': 'false' });
  if (seconds !== null) headers.set('retry-after', String(Math.ceil(seconds)));
  const code = 'circuit_open';
  const error = { code, type: code, message, param: null, breaker, mode, retry_after: seconds };
  return Response.json({ error }, { status: 503, headers });
}
