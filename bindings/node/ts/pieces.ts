/** An answer that comes in pieces. */

import { inspect } from 'node:util';
import type { NativeClient, NativePieces } from '../native/native';
import { onAbort } from './abort';
import { keepAlive, letGo } from './alive';
import type { Meta } from './answer';
import { ask, lost } from './errors';
import { ClientError } from './failure';
import { camelCased } from './names';
import { type ClientRequest, requestJson } from './request';

/** A piece of an answer. */
export class Piece {
  /** The data of the event, as it came. */
  readonly data: string;
  /** The text that it adds, whatever the provider's format; null if it adds none. */
  readonly text: string | null;

  /** @internal */
  constructor(data: string, text: string | null) {
    this.data = data;
    this.text = text;
  }

  /** The data as JSON; undefined if it is none, as `[DONE]`. */
  json(): any {
    try {
      return JSON.parse(this.data);
    } catch {
      return undefined;
    }
  }
}

/** Somebody who waits for the next piece. */
interface Waiter {
  resolve(result: IteratorResult<Piece, undefined>): void;
  reject(reason: unknown): void;
}

const END: IteratorReturnResult<undefined> = { done: true, value: undefined };

/**
 * An answer as it comes: `for await (const { text } of stream)`. Leaving early breaks the call off, without a verdict on
 * the service, and so does forgetting the stream. A service that is faster than its reader has to wait.
 */
export class PieceStream implements AsyncIterableIterator<Piece, undefined, undefined>, AsyncDisposable {
  readonly #native: NativePieces;
  readonly #signal: AbortSignal | undefined;
  /** Not to hear of the signal any more. */
  readonly #forget: (() => void) | undefined;
  readonly #waiters: Waiter[] = [];
  /** Pieces that were read and nobody has asked for yet, the last first. */
  #read: Piece[] = [];
  /** It was left, or its end was told. */
  #isOver = false;

  /** @internal */
  constructor(client: NativeClient, request: ClientRequest) {
    const json = requestJson(request);
    const weak = new WeakRef<PieceStream>(this);
    const unlessForgotten = (act: (stream: PieceStream) => void) => () => {
      const stream = weak.deref();
      if (stream !== undefined) act(stream);
    };
    this.#signal = request.signal;
    this.#signal?.throwIfAborted();
    this.#native = ask(() => client.stream(json, unlessForgotten((stream) => stream.#serve())));
    this.#forget = this.#signal && onAbort(this.#signal, unlessForgotten((stream) => stream.#end()));
  }

  /** What became of the call so far; null before the first piece. Tokens and cost are known at the end. */
  get meta(): Meta | null {
    const json = this.#native.meta;
    return json === null ? null : (camelCased(json) as Meta);
  }

  /** All pieces that are still to come, as text. */
  async text(): Promise<string> {
    let text = '';
    for await (const piece of this) text += piece.text ?? '';
    return text;
  }

  /** The next piece. Rejects with a `ClientError` where the stream breaks, or with the reason of its signal. */
  next(): Promise<IteratorResult<Piece, undefined>> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ resolve, reject });
      keepAlive(this);
      this.#serve();
    });
  }

  return(): Promise<IteratorReturnResult<undefined>> {
    this.#end();
    return Promise.resolve(END);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
  }

  /** Gives those who wait what there is. */
  #serve(): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) {
      if (this.#settle(waiter)) continue;
      this.#waiters.unshift(waiter);
      return;
    }
    letGo(this);
  }

  /** False: he has to wait. */
  #settle({ resolve, reject }: Waiter): boolean {
    if (this.#signal?.aborted) return (reject(this.#signal.reason), true);
    if (this.#isOver) return (resolve(END), true);
    // Asked before it is read: what came before the end is read, then.
    const hasEnded = this.#native.hasEnded;
    if (this.#read.length === 0) this.#read = this.#native.read().map(toPiece).reverse();
    const value = this.#read.pop();
    if (value !== undefined) return (resolve({ done: false, value }), true);
    if (!hasEnded) return false;
    const failure = this.#failure();
    this.#end();
    if (failure === undefined) resolve(END);
    else reject(failure);
    return true;
  }

  #failure(): Error | undefined {
    if (this.#native.hasPanicked) return lost();
    const json = this.#native.failure;
    return json === null ? undefined : new ClientError(json);
  }

  #end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#read = [];
    this.#native.cancel();
    this.#forget?.();
    this.#serve();
  }

  [inspect.custom](): string {
    return `PieceStream ${inspect(this.meta)}`;
  }
}

function toPiece({ data, text }: { data: string; text?: string }): Piece {
  return new Piece(data, text ?? null);
}
