/** `breakerInterceptor`: breakers for the dispatchers of undici 7 and later. */

import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { endOfAbort, endOfError } from './ending';
import { stalled, wrongType } from './errors';
import type { Exchange } from './exchange';
import { type HttpOptions, Pool } from './pool';

/** How `breakerInterceptor` guards. */
export interface InterceptorOptions extends HttpOptions {
  /** The origin of all requests, for a Client or Pool of undici 7, which does not tell it. */
  origin?: string | URL;
}

/** As undici has them. */
interface Controller {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  abort(reason: Error): void;
}

interface Handler {
  onRequestStart?(controller: Controller, context: unknown): void;
  onRequestUpgrade?(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void;
  onResponseStart?(controller: Controller, status: number, headers: IncomingHttpHeaders, message?: string): void;
  onResponseData?(controller: Controller, chunk: Buffer): void;
  onResponseEnd?(controller: Controller, trailers: IncomingHttpHeaders): void;
  onResponseError?(controller: Controller | null, error: Error): void;
  onResponseStarted?(): void;
  onBodySent?(chunk: Buffer): void;
  onRequestSent?(): void;
}

interface DispatchOptions {
  origin?: string | URL;
  path: string;
  body?: unknown;
  signal?: unknown;
}

const OLD_HANDLER =
  'breakerInterceptor needs handlers as undici 7 and later have them; those of undici 6 are others, ' +
  "and so are those of Node's own fetch over a dispatcher of undici 8";

type Dispatch = (options: any, handler: any) => boolean;

/**
 * An interceptor for `dispatcher.compose(...)`: asks a breaker before each request, and tells it what became of the
 * response when its body has ended. A rejected request fails with a `CircuitOpenError`. Make one and keep it: it holds
 * the breakers.
 */
export function breakerInterceptor(options: InterceptorOptions = {}): <D extends Dispatch>(dispatch: D) => D {
  const { origin } = options;
  if (origin !== undefined && !URL.canParse(String(origin))) throw wrongType('origin', origin, 'a URL');
  const pool = new Pool(options, ['origin']);
  return <D extends Dispatch>(dispatch: D): D => {
    const guarded = (request: DispatchOptions, handler: Handler): boolean => {
      if (typeof handler.onRequestStart !== 'function') throw new TypeError(OLD_HANDLER);
      const url = urlOf(request, origin);
      if (url === undefined) pool.warn('undici does not tell where a request goes; state it by the option `origin`');
      const breaker = url && pool.breakerOf(url, request.body);
      if (breaker === undefined) return dispatch(request, handler);
      let exchange: Exchange;
      try {
        exchange = pool.begin(breaker, request.signal);
      } catch (error) {
        handler.onResponseError?.(null, error as Error);
        return true;
      }
      try {
        return dispatch(request, new Judge(handler, exchange, pool.chunkTimeoutMs));
      } catch (error) {
        exchange.ignore();
        throw error;
      }
    };
    return guarded as D;
  };
}

function urlOf({ origin, path }: DispatchOptions, only: string | URL | undefined): URL | undefined {
  const base = String(origin ?? only);
  return URL.canParse(path, base) ? new URL(path, base) : undefined;
}

/** Stands before a request's handler, and shows the exchange what passes. */
class Judge implements Handler {
  readonly #handler: Handler;
  readonly #exchange: Exchange;
  readonly #chunkTimeoutMs: number;
  #isEncoded = false;
  #timer: NodeJS.Timeout | undefined;
  /** How often something came of the body: a chunk, its end, an error. */
  #events = 0;

  constructor(handler: Handler, exchange: Exchange, chunkTimeoutMs: number) {
    this.#handler = handler;
    this.#exchange = exchange;
    this.#chunkTimeoutMs = chunkTimeoutMs;
  }

  onRequestStart(controller: Controller, context: unknown): void {
    this.#handler.onRequestStart?.(controller, context);
  }

  onRequestUpgrade(controller: Controller, status: number, headers: IncomingHttpHeaders, socket: Duplex): void {
    this.#exchange.responded(status, listed(headers));
    this.#exchange.end('complete');
    this.#handler.onRequestUpgrade?.(controller, status, headers, socket);
  }

  onResponseStart(controller: Controller, status: number, headers: IncomingHttpHeaders, message?: string): void {
    const isInformation = status < 200;
    if (!isInformation) {
      this.#exchange.responded(status, listed(headers));
      this.#isEncoded = isEncoded(headers['content-encoding']);
      this.#watch(controller);
    }
    this.#handler.onResponseStart?.(controller, status, headers, message);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.#events += 1;
    this.#timer?.refresh();
    this.#exchange.received(this.#isEncoded ? undefined : chunk);
    this.#handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: IncomingHttpHeaders): void {
    this.#events += 1;
    clearTimeout(this.#timer);
    this.#exchange.end('complete');
    this.#handler.onResponseEnd?.(controller, trailers);
  }

  onResponseError(controller: Controller | null, error: Error): void {
    this.#events += 1;
    clearTimeout(this.#timer);
    this.#exchange.end(controller?.aborted ? endOfAbort(controller.reason) : endOfError(error));
    this.#handler.onResponseError?.(controller, error);
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onBodySent(chunk: Buffer): void {
    this.#handler.onBodySent?.(chunk);
  }

  onRequestSent(): void {
    this.#handler.onRequestSent?.();
  }

  #watch(controller: Controller): void {
    const ms = this.#chunkTimeoutMs;
    if (ms > 0) this.#timer = setTimeout(() => this.#stall(controller), ms).unref();
  }

  /** Time is up. What came while the event loop was busy is read first: that it is late is no fault of the server. */
  #stall(controller: Controller): void {
    const seen = this.#events;
    setImmediate(() => {
      if (this.#events !== seen) return;
      // It is the reader who does not want more.
      if (controller.paused) {
        this.#timer?.refresh();
        return;
      }
      this.#exchange.end('stalled');
      controller.abort(stalled(this.#chunkTimeoutMs));
    });
  }
}

/** Names and values by turns. */
function listed(headers: IncomingHttpHeaders): string[] {
  return Object.entries(headers).flatMap(([name, values]) => [values ?? []].flat().flatMap((value) => [name, value]));
}

/** Whether the body comes compressed; the interceptor that decompresses takes the header off. */
function isEncoded(codings: string | string[] | undefined): boolean {
  return [codings ?? []].flat().some((coding) => coding.trim().toLowerCase() !== 'identity');
}
