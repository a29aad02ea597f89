/** The breakers of an HTTP client: one for each host and model that it talks to. */

import { Breaker, type BreakerOptions } from './breaker';
import { type Config, checkOptions, toJson } from './config';
import { type BreakerEvents, eventNames } from './emitter';
import { ask, checkTypes, outOfRange } from './errors';
import { Exchange } from './exchange';
import { breakerFields } from './names';
import { native } from './native';
import { Segment } from './segment';
import type { Verdict } from './verdict';

/** What `breakerFetch` and `breakerInterceptor` have in common: fields of the breakers' configuration, and these. */
export interface HttpOptions extends Config {
  /** The segment that the breakers live in, or the name of a shared one. Default: that of this process. */
  segment?: Segment | string;
  /**
   * The name of the breaker that a request belongs to; undefined = it goes unprotected. `body` is there if it is a string
   * or bytes. Default: `host|model` where the body is a JSON object with a string `model`, else `host`.
   */
  name?: (url: URL, body: string | Uint8Array | undefined) => string | undefined;
  /**
   * How many breakers there are at most, 1..=65536; requests that would need more share the breaker of their host. (So
   * many hosts again get one; what is beyond goes unprotected.) Default 256.
   */
  maxBreakers?: number;
  /**
   * The longest that the body may stand still while it is read, in ms, 0..=2147483647; then it fails with a TimeoutError,
   * and the call has failed. 0 = for ever. Default 30000.
   */
  chunkTimeout?: number;
  /** Listeners for the events of all breakers. `success` and `failure` are told the `Verdict`. */
  on?: { [event in keyof BreakerEvents]?: (...args: BreakerEvents[event]) => void };
  /** Hears what became of each call that was made, those that are ignored (wrong keys, used up quotas) among them. */
  onVerdict?: (verdict: Verdict) => void;
}

const OPTIONS = {
  segment: 'anything',
  name: 'function',
  maxBreakers: 'whole number',
  chunkTimeout: 'whole number',
  on: 'anything',
  onVerdict: 'function',
} as const;

const MAX_BREAKERS = 256;
const MOST_BREAKERS = 65_536;
const CHUNK_TIMEOUT_MS = 30_000;
/** The longest that a timer can run, ms. */
const LONGEST_MS = 2 ** 31 - 1;

export class Pool {
  readonly chunkTimeoutMs: number;
  readonly #breakers = new Map<string, Breaker>();
  readonly #options: BreakerOptions;
  readonly #most: number;
  readonly #name: HttpOptions['name'];
  readonly #on: [string, (...args: never[]) => void][];
  readonly #onVerdict: HttpOptions['onVerdict'];
  #warned = false;

  /** `others`: options that are not those of a pool. */
  constructor(options: HttpOptions, others: readonly string[]) {
    const own = Object.keys(OPTIONS);
    checkOptions(breakerFields, options, [...own, ...others]);
    const { segment, name, maxBreakers = MAX_BREAKERS, chunkTimeout = CHUNK_TIMEOUT_MS, on = {}, onVerdict } = options;
    checkTypes({ name, maxBreakers, chunkTimeout, onVerdict }, OPTIONS);
    checkTypes(on, Object.fromEntries(eventNames.map((event) => [event, 'function'])));
    checkRange('maxBreakers', maxBreakers, 1, MOST_BREAKERS);
    checkRange('chunkTimeout', chunkTimeout, 0, LONGEST_MS);
    const config = Object.entries(options).filter(([option]) => !own.includes(option) && !others.includes(option));
    this.#options = { ...Object.fromEntries(config), segment: Segment.of(segment) };
    // What is wrong is said here, and not at the first call, which would go unprotected.
    const json = toJson(breakerFields, this.#options);
    if (json !== undefined) ask(() => native.NativeBreaker.checkConfig(json));
    this.chunkTimeoutMs = chunkTimeout;
    this.#most = maxBreakers;
    this.#name = name;
    this.#on = Object.entries(on).filter(([, listener]) => listener !== undefined);
    this.#onVerdict = onVerdict;
  }

  /** The breaker of a request; undefined if it goes unprotected. */
  breakerOf(url: URL, body: unknown): Breaker | undefined {
    const bytes = readable(body);
    const name = this.#name === undefined ? native.breakerName(url.host, bytes) : this.#name(url, bytes);
    if (name === undefined) return undefined;
    return this.#breakers.get(name) ?? this.#make(name, this.#most) ?? this.#breakerOfHost(url.host);
  }

  /** Begins a call that ends when the signal is aborted. Throws a `CircuitOpenError` if it may not go. */
  begin(breaker: Breaker, signal: unknown): Exchange {
    const exchange = new Exchange(breaker.admit(), this.#onVerdict);
    if (signal instanceof AbortSignal) exchange.heed(signal);
    return exchange;
  }

  #breakerOfHost(host: string): Breaker | undefined {
    const name = native.breakerName(host);
    const breaker = this.#breakers.get(name) ?? this.#make(name, 2 * this.#most);
    if (breaker === undefined) this.warn(`there are ${this.#breakers.size} breakers, and no more may be made`);
    return breaker;
  }

  #make(name: string, most: number): Breaker | undefined {
    if (this.#breakers.size >= most) return undefined;
    try {
      const breaker = new Breaker(name, this.#options);
      for (const [event, listener] of this.#on) breaker.on(event as keyof BreakerEvents, listener as () => void);
      this.#breakers.set(name, breaker);
      return breaker;
    } catch (error) {
      this.warn((error as Error).message);
      return undefined;
    }
  }

  /** Says, once, that not all is protected: a call never fails because of its breaker. */
  warn(reason: string): void {
    if (this.#warned) return;
    this.#warned = true;
    process.emitWarning(`HTTP calls go unprotected, or share a breaker: ${reason}`, { code: 'HSCB_UNPROTECTED' });
  }
}

function checkRange(option: string, value: number, least: number, most: number): void {
  if (value < least || value > most) throw outOfRange(option, value, `within ${least}..=${most}`);
}

/** A request's body, if it can be read without being used up. */
function readable(body: unknown): string | Uint8Array | undefined {
  if (typeof body === 'string' || body instanceof Uint8Array) return body;
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  return undefined;
}
