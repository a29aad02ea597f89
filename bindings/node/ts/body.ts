/** The body of a guarded response: passed on as it comes, and shown to the exchange. */

import type { ReadableStreamReadResult, UnderlyingByteSource, UnderlyingSource } from 'node:stream/web';
import type { End } from '../native/native';
import { endOfError } from './ending';
import { stalled } from './errors';
import type { Exchange } from './exchange';

type Controller = ReadableByteStreamController | ReadableStreamDefaultController;

/**
 * How far ahead of its reader the body is read, in bytes. A good one by a single chunk, so that the time to the first
 * byte is that of the service and not of the reader. An error's to its end, if it is not long: most users look at the
 * status and never read it, and it may say that the account is out of money.
 */
const AHEAD = 1;
const AHEAD_OF_ERROR = 65_536;

/** Bodies that nobody knows any more, and that were not read to their end. */
const forgotten = new FinalizationRegistry<Relay>((relay) => relay.forgotten());

/**
 * A stream with the chunks of the response's body, which must not be locked; from here on it is. `chunkTimeoutMs`: the
 * longest that it may stand still; 0 = for ever.
 */
export function guardBody({ ok, body }: Response, exchange: Exchange, chunkTimeoutMs: number): ReadableStream {
  const relay = new Relay(body!, exchange, chunkTimeoutMs);
  const highWaterMark = ok ? AHEAD : AHEAD_OF_ERROR;
  const stream =
    relay.type === 'bytes'
      ? new ReadableStream(relay as UnderlyingByteSource, { highWaterMark })
      : new ReadableStream(relay as UnderlyingSource, { highWaterMark, size: sizeOf });
  forgotten.register(stream, relay, relay);
  return stream;
}

function sizeOf(chunk: unknown): number {
  return chunk instanceof Uint8Array ? chunk.byteLength : 1;
}

/**
 * The source of a guarded stream. It does not know the stream (nor its controller, but while that waits for a chunk), so
 * that one that is forgotten can be collected.
 */
class Relay {
  readonly type: 'bytes' | undefined;
  readonly #reader: ReadableStreamDefaultReader;
  readonly #exchange: Exchange;
  readonly #chunkTimeoutMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** Fails the read that waits. */
  #fail: ((error: unknown) => void) | undefined;

  constructor(body: ReadableStream, exchange: Exchange, chunkTimeoutMs: number) {
    this.type = isOfBytes(body) ? 'bytes' : undefined;
    this.#reader = body.getReader();
    this.#exchange = exchange;
    this.#chunkTimeoutMs = chunkTimeoutMs;
    // Also while nobody reads.
    this.#reader.closed.catch((error: unknown) => this.#end(endOfError(error)));
  }

  async pull(controller: Controller): Promise<void> {
    const { done, value } = await this.#read();
    if (!done) {
      this.#exchange.received(value instanceof Uint8Array ? value : undefined);
      controller.enqueue(value as Uint8Array);
      return;
    }
    this.#end('complete');
    controller.close();
    // Whoever waits with a buffer of his own is told that nothing came into it.
    if ('byobRequest' in controller) controller.byobRequest?.respond(0);
  }

  cancel(reason: unknown): Promise<void> {
    this.#end('abandoned');
    return this.#reader.cancel(reason);
  }

  forgotten(): void {
    this.cancel(undefined).catch(() => {});
  }

  #read(): Promise<ReadableStreamReadResult<unknown>> {
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#watch();
      this.#reader.read().then((result) => {
        this.#fail = undefined;
        resolve(result);
      }, reject);
    });
  }

  /** One timer for the whole body; it may go off while nobody waits. */
  #watch(): void {
    if (this.#timer !== undefined) this.#timer.refresh();
    else if (this.#chunkTimeoutMs > 0) this.#timer = setTimeout(() => this.#stall(), this.#chunkTimeoutMs).unref();
  }

  /** Time is up. What came while the event loop was busy is read first: that it is late is no fault of the server. */
  #stall(): void {
    const fail = this.#fail;
    if (fail === undefined) return;
    setImmediate(() => {
      if (this.#fail !== fail) return;
      const error = stalled(this.#chunkTimeoutMs);
      this.#end('stalled');
      fail(error);
      this.#reader.cancel(error).catch(() => {});
    });
  }

  #end(end: End): void {
    clearTimeout(this.#timer);
    forgotten.unregister(this);
    this.#exchange.end(end);
  }
}

/** Whether a stream is one of bytes, whose chunks nobody else holds. */
function isOfBytes(body: ReadableStream): boolean {
  try {
    body.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
