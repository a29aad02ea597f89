/** The client for AI relays. */

import { inspect } from 'node:util';
import type { Mode, NativeClient } from '../native/native';
import type { Answer, Usage } from './answer';
import { type BatchOptions, type BatchResults, makeBatch } from './batch';
import { ask, checkTypes, closed, outOfRange, wrongType } from './errors';
import { asItIs, camelCased } from './names';
import { native } from './native';
import { aside } from './opening';
import { send } from './outgoing';
import { PieceStream } from './pieces';
import { type BodyFields, type ChatMessage, type ClientRequest, type SendOptions, chat, embeddings } from './request';
import { Segment } from './segment';

/** What a client is made with. */
export interface ClientOptions {
  /** Where its breakers, limiters and bulkheads live, or the name of a shared one. Default: that of this process. */
  segment?: Segment | string;
  /** Calls and streams that are out at once, 1..=1024, each with a thread; further ones queue. Default 64. */
  maxConcurrency?: number;
}

/** How a model is at a route. */
export interface RouteStatus {
  readonly route: string;
  /** The name of the breaker: host and model. */
  readonly breaker: string;
  readonly mode: Mode;
  /** How long until a call would be admitted; null if that is not to be known. */
  readonly retryAfterMs: number | null;
  /** Rolling mean of the latency of answers; null before the first. */
  readonly latencyMs: number | null;
  /** That of health checks, where there are any. */
  readonly healthMs: number | null;
}

/** What the calls of a model at a route came to. */
export interface Spent {
  readonly route: string;
  readonly model: string;
  readonly calls: number;
  readonly usage: Usage;
  readonly usd: number;
  /** Those that were for another model. */
  readonly fallbacks: number;
  /** What that model would have cost beyond. */
  readonly savedUsd: number;
}

/** How the routes are, and what the calls came to. */
export interface ClientStatus {
  readonly routes: readonly RouteStatus[];
  readonly spent: readonly Spent[];
}

const OPTIONS = { segment: 'anything', maxConcurrency: 'whole number' } as const;
const MOST = 1024;

/**
 * A client for OpenAI-compatible relays: a table of routes, and calls that survive rate limits, outages and slow models,
 * and say what they cost. Every rule is in docs/CLIENT.md. Calls wait on threads of their own, neither on the event loop
 * nor in libuv's pool; what is learnt is shared by all who open the same segment.
 */
export class Client implements Disposable {
  /** The segment that its breakers, limiters and bulkheads live in. */
  readonly segment: Segment;
  #native: NativeClient | undefined;

  /**
   * `table`: as docs/CLIENT.md has it, an object or its JSON. Its keys are read now, on this thread: see `open` for a
   * `key_command`, or files that are slow.
   */
  constructor(table: object | string, options?: ClientOptions);
  /** @internal */
  constructor(table: undefined, options: ClientOptions, opened: NativeClient);
  constructor(table: unknown, options: ClientOptions = {}, opened?: NativeClient) {
    const [segment, most] = checked(options);
    this.segment = segment;
    this.#native = opened ?? openNow(segment, tableJson(table), most);
  }

  /** The same, whose keys are read on a thread of their own. Rejects with what the constructor throws. */
  static async open(table: object | string, options: ClientOptions = {}): Promise<Client> {
    const [segment, most] = checked(options);
    const json = tableJson(table);
    const opened = await aside((ended) => native.NativeOpening.begin(segment.native, json, most, ended));
    return new Client(undefined, { ...options, segment }, opened);
  }

  /** Makes a call. Rejects with a `ClientError` if it has no answer, or with the signal's reason. */
  async send(request: ClientRequest): Promise<Answer> {
    return send(this.#open, request);
  }

  /** A chat. `messages`: a text is one message of a user; `fields`: what else the body has. */
  async chat(
    model: string,
    messages: string | readonly ChatMessage[],
    fields?: BodyFields,
    options?: SendOptions,
  ): Promise<Answer> {
    return this.send({ ...options, ...chat(model, messages, fields) });
  }

  /** Embeddings of a text, or of several. */
  async embeddings(
    model: string,
    input: string | readonly string[],
    fields?: BodyFields,
    options?: SendOptions,
  ): Promise<Answer> {
    return this.send({ ...options, ...embeddings(model, input, fields) });
  }

  /** The models that a route has. */
  async models(options?: SendOptions): Promise<Answer> {
    return this.send({ ...options, path: '/models' });
  }

  /** Makes a call whose answer comes in pieces. It is tried again, or elsewhere, until the first piece is there. */
  stream(request: ClientRequest): PieceStream {
    return new PieceStream(this.#open, request);
  }

  /** A chat whose answer comes in pieces. */
  chatStream(
    model: string,
    messages: string | readonly ChatMessage[],
    fields?: BodyFields,
    options?: SendOptions,
  ): PieceStream {
    return this.stream({ ...options, ...chat(model, messages, fields) });
  }

  /** Makes many calls, each with its own answer or error. */
  async batch(requests: readonly Omit<ClientRequest, 'signal'>[], options: BatchOptions = {}): Promise<BatchResults> {
    return makeBatch(this.#open, requests, options);
  }

  /**
   * Replaces the table; done when the promise resolves. Its keys are read on a thread of their own. Calls that are on
   * their way go on with the old one, those that queue do not.
   */
  async replaceTable(table: object | string): Promise<void> {
    const [open, json] = [this.#open, tableJson(table)];
    await aside((ended) => open.replaceTable(json, ended));
  }

  /** How the routes are, and what the calls came to. */
  status(): ClientStatus {
    return camelCased(this.#open.status()) as ClientStatus;
  }

  /** Lets go of it: no more calls are made; those that are out go on. Not needed: one that is forgotten is collected. */
  close(): void {
    this.#native = undefined;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  get #open(): NativeClient {
    if (this.#native === undefined) throw closed('the client');
    return this.#native;
  }

  /** Without the table, which may have keys. */
  [inspect.custom](): string {
    return `Client (${this.#native === undefined ? 'closed' : 'open'}, ${inspect(this.segment)})`;
  }
}

function openNow(segment: Segment, json: string, most: number): NativeClient {
  return ask(() => new native.NativeClient(segment.native, json, most), asItIs);
}

/** The segment and the number of threads that are meant. */
function checked(options: ClientOptions): [Segment, number] {
  checkTypes(options, OPTIONS);
  const { segment, maxConcurrency = 64 } = options;
  if (!(maxConcurrency >= 1 && maxConcurrency <= MOST)) {
    throw outOfRange('maxConcurrency', maxConcurrency, `within 1..=${MOST}`);
  }
  return [Segment.of(segment), maxConcurrency];
}

/** A table as JSON. What JSON cannot say is told to the core, which refuses it, rather than left out. */
function tableJson(table: unknown): string {
  if (typeof table === 'string') return table;
  if (typeof table !== 'object' || table === null) throw wrongType('table', table, 'an object, or JSON');
  const isSayable = (value: unknown) => typeof value !== 'number' || Number.isFinite(value);
  return JSON.stringify(table, (_, value) => (isSayable(value) ? value : String(value)));
}
