/** The breaker. */

import { inspect } from 'node:util';
import type { Mode, NativeBreaker, Snapshot, Transition } from '../native/native';
import { Caller } from './caller';
import { type CommandOptions, noteOf } from './command';
import { type Config, checkOptions, fromJson, toJson } from './config';
import { ask, checkObject, milliseconds, outOfRange, wrongType } from './errors';
import { admit, permitHigh, permitLow } from './hot';
import { breakerFields } from './names';
import { native } from './native';
import { Permit } from './permit';
import { type CallOptions, type CallRules, Rules, callRules } from './rules';
import { Segment } from './segment';

/** What a breaker is made with: where it lives, how calls are judged, and the fields of its configuration. */
export interface BreakerOptions extends Config, CallRules {
  /** The segment that it lives in, or the name of a shared one. Default: that of this process. */
  segment?: Segment | string;
}

type Fn<A extends unknown[], R> = (...args: A) => R;

/**
 * A circuit breaker. Those with the same name in the same segment, in any thread or process, are the same breaker.
 *
 * A breaker that exists keeps its configuration, whatever is given here; `configure` replaces it.
 */
export class Breaker extends Caller implements Disposable {
  /** Its name. */
  readonly name: string;
  /** The segment that it lives in. */
  readonly segment: Segment;
  readonly #native: NativeBreaker;
  readonly #options: CallRules;
  readonly #rules: Rules;

  /** `name`: 1 to 127 bytes of UTF-8 without control characters. */
  constructor(name: string, options: BreakerOptions = {}) {
    super();
    if (typeof name !== 'string') throw wrongType('name', name, 'a string');
    checkOptions(breakerFields, options, ['segment', ...callRules]);
    this.name = name;
    this.#options = pickRules(options);
    this.#rules = new Rules(this.#options);
    const config = toJson(breakerFields, options);
    this.segment = Segment.of(options.segment);
    this.#native = ask(() => new native.NativeBreaker(this.segment.native, name, config));
    this.handle = this.#native.handle;
  }

  /**
   * Calls `fn(...args)` if it may go. A result is a success, an error a failure, unless the breaker's options say
   * otherwise. Rejects with a `CircuitOpenError` if the call was not made.
   */
  call<A extends unknown[], R>(fn: Fn<A, R>, ...args: A): Promise<Awaited<R>> {
    return this.run(this.#rules, fn, undefined, ...args) as Promise<Awaited<R>>;
  }

  /** The same with options of this call, which replace the breaker's own. */
  callWith<A extends unknown[], R>(options: CallOptions, fn: Fn<A, R>, ...args: A): Promise<Awaited<R>> {
    return this.run(this.#rulesWith(options), fn, undefined, ...args) as Promise<Awaited<R>>;
  }

  /** A function that calls `fn` through this breaker, with its own `this` and arguments. */
  wrap<T, A extends unknown[], R>(
    fn: (this: T, ...args: A) => R,
    options?: CallOptions,
  ): (this: T, ...args: A) => Promise<Awaited<R>> {
    if (typeof fn !== 'function') throw wrongType('fn', fn, 'a function');
    const rules = options === undefined ? this.#rules : this.#rulesWith(options);
    const breaker = this;
    return function (...args) {
      return breaker.run(rules, fn, this, ...args) as Promise<Awaited<R>>;
    };
  }

  /**
   * Asks whether a call may go, for calls that are no single function: its permit, to be given back with what became of
   * the call. Throws a `CircuitOpenError` if it may not.
   */
  admit(): Permit {
    if (!admit(this.handle)) throw this.rejected();
    return new Permit(this, permitLow(), permitHigh());
  }

  /** Whether a call would be admitted now; changes nothing. */
  wouldAdmit(): boolean {
    return this.#native.wouldAdmit();
  }

  /** How long until a call would be admitted, in ms: 0 = now, null = not to be known (forced open, or probes are out). */
  retryAfterMs(): number | null {
    return this.#native.retryAfterMs();
  }

  /** Its mode. An opening that is over still shows as open until the next call is admitted. */
  get state(): Mode {
    return this.#native.mode;
  }

  /** Its state, window and totals. */
  snapshot(): Snapshot {
    return this.#native.snapshot();
  }

  /**
   * The latency in ms that a share `quantile` (0..=1) of the successes did not exceed, at most 12.5 % off between 4 ms
   * and 1 h; null if there was none.
   */
  latency(quantile: number): number | null {
    if (typeof quantile !== 'number') throw wrongType('quantile', quantile, 'a number');
    return this.#native.latencyMs(quantile);
  }

  /** The configuration in force. */
  get config(): Required<Config> {
    return fromJson(this.#native.config);
  }

  /**
   * Replaces the configuration, for every process; what is left out gets its default (`{ ...breaker.config, openMs }`
   * keeps it). Mode and window stay, unless the window's own fields change.
   */
  configure(config: Config): void {
    checkOptions(breakerFields, config);
    const json = toJson(breakerFields, config) ?? '{}';
    ask(() => this.#native.configure(json));
  }

  /** Closes it and forgets everything but the totals. */
  reset(options: CommandOptions = {}): void {
    this.#native.reset(noteOf(options));
  }

  /** Opens it, as if a rule had been met. */
  trip(options: CommandOptions = {}): void {
    this.#native.trip(noteOf(options));
  }

  /** Opens it for so long; if it is open, replaces what is left of the opening. */
  tripFor(ms: number, options: CommandOptions = {}): void {
    if (!(milliseconds('ms', ms) >= 0)) throw outOfRange('ms', ms, 'at least 0');
    this.#native.tripFor(ms, noteOf(options));
  }

  /** Rejects every call until told otherwise. */
  forceOpen(options: CommandOptions = {}): void {
    this.#native.forceOpen(noteOf(options));
  }

  /** Admits every call and records none but in the totals, until told otherwise. */
  disable(options: CommandOptions = {}): void {
    this.#native.disable(noteOf(options));
  }

  /** Admits and records every call but never trips, and counts when it would have. */
  observe(options: CommandOptions = {}): void {
    this.#native.observe(noteOf(options));
  }

  /** Lets an open breaker probe now. An error with code `HSCB_ERR_MODE` unless it is open or half-open. */
  halfOpen(options: CommandOptions = {}): void {
    const note = noteOf(options);
    ask(() => this.#native.halfOpen(note));
  }

  /**
   * Lets go of it: listeners hear no more, and calls through this object go unprotected and are recorded nowhere, those
   * that are out among them. The breaker itself stays, for whoever else uses it. Not needed: one that nobody knows any
   * more is collected.
   */
  close(): void {
    this.removeAllListeners();
    this.#native.close();
    this.handle = 0;
  }

  [Symbol.dispose](): void {
    this.close();
  }

  [inspect.custom](): string {
    return `Breaker ${JSON.stringify(this.name)} (${this.state}, ${inspect(this.segment)})`;
  }

  #rulesWith(options: CallOptions): Rules {
    checkObject('options', options);
    return new Rules({ ...this.#options, ...options });
  }

  /** @internal */
  hear(transition: Transition): void {
    const { to, reason } = transition;
    if (reason === 'detached' || reason === 'configured') return;
    if (to === 'open' || to === 'forced-open') this.tell('open', transition);
    else if (to === 'half-open') this.tell('halfOpen', transition);
    else if (to === 'closed') this.tell('close', transition);
  }

  /** @internal */
  protected override listen(toTransitions: boolean): void {
    if (toTransitions) this.segment.hub.add(this);
    else this.segment.hub.remove(this);
  }
}

/** The options that `CallRules` has. */
function pickRules(options: object): CallRules {
  return Object.fromEntries(Object.entries(options).filter(([option]) => callRules.includes(option)));
}
