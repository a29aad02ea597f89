/** A segment: the memory that breakers live in. */

import { inspect } from 'node:util';
import type { NativeSegment, Transition } from '../native/native';
import { ask, checkTypes, wrongType } from './errors';
import { Hub } from './hub';
import { native } from './native';
import { EventStream, type EventsOptions } from './stream';

/** How a segment is opened. What is left out has its default. */
export interface SegmentOptions {
  /** Room for so many breakers, 1..=1048576; only for who makes the segment. Default 1024. */
  capacity?: number;
  /** Counters per breaker that CPUs are spread over, a power of two up to 64; only for who makes the segment. */
  stripes?: number;
  /** Permissions of the file, 0o600 (default) or 0o660; only for who makes the segment. */
  fileMode?: number;
  /** Refuse a segment that is not there instead of making it. */
  existing?: boolean;
  /** Look only; no breaker can be opened. Implies `existing`. */
  readOnly?: boolean;
}

const OPTIONS = {
  capacity: 'whole number',
  stripes: 'whole number',
  fileMode: 'whole number',
  existing: 'boolean',
  readOnly: 'boolean',
} as const;

/**
 * A block of memory that holds named breakers and the ring of their events: a file that every process of the host
 * shares, or, without a name, private to this process. It goes when nobody knows it or one of its breakers any more.
 *
 * The file is `<dir>/<name>`, where dir is `$HOLYSHEEP_CB_DIR` or `/dev/shm/holysheep-cb-<uid>`.
 */
export class Segment {
  /** Those that breakers have named, opened once. */
  static readonly #named = new Map<string, Segment>();
  static #ofProcess: Segment | undefined;

  /** Its name; undefined if it is private. */
  readonly name: string | undefined;
  /** @internal */
  readonly native: NativeSegment;
  /** @internal */
  readonly hub: Hub;

  /** `name`: 1 to 64 of `A-Z a-z 0-9 . _ -`; left out: a new private segment. */
  constructor(name?: string, options?: SegmentOptions);
  /** @internal */
  constructor(name: string | undefined, options: SegmentOptions | undefined, opened: NativeSegment);
  constructor(name?: string, options: SegmentOptions = {}, opened?: NativeSegment) {
    this.name = name;
    this.native = opened ?? open(name, options);
    this.hub = new Hub(this.native);
  }

  /** The segment of breakers that name none: that of this process, the same in all of its worker threads. */
  static ofProcess(): Segment {
    return (this.#ofProcess ??= new Segment(undefined, undefined, native.NativeSegment.ofProcess()));
  }

  /**
   * What a breaker's option stands for.
   * @internal
   */
  static of(option: unknown): Segment {
    if (option === undefined) return this.ofProcess();
    if (option instanceof Segment) return option;
    if (typeof option !== 'string') throw wrongType('segment', option, 'a Segment, or the name of one');
    const known = this.#named.get(option);
    if (known !== undefined) return known;
    const opened = new Segment(option);
    this.#named.set(option, opened);
    return opened;
  }

  /** Where its file lies; null if it is private. */
  get path(): string | null {
    return this.native.path;
  }

  /** The names of its breakers. */
  names(): string[] {
    return this.native.names();
  }

  /** The names of its limiters. */
  limiters(): string[] {
    return this.native.limiters();
  }

  /** The names of its bulkheads. */
  bulkheads(): string[] {
    return this.native.bulkheads();
  }

  /** How many processes have it open, this one included; null where the system does not say. */
  processes(): number | null {
    return this.native.processes();
  }

  /**
   * Its events, made by any process: `for await (const { breaker, from, to } of segment.events())`. `break` ends the
   * iteration, and so does the signal.
   */
  events(options: EventsOptions = {}): AsyncIterableIterator<Transition, undefined, undefined> & AsyncDisposable {
    return new EventStream(this.native, options);
  }

  [inspect.custom](): string {
    return `Segment ${JSON.stringify(this.name ?? 'private')}`;
  }
}

function open(name: unknown, options: SegmentOptions): NativeSegment {
  checkTypes(options, OPTIONS);
  if (name === undefined) return native.NativeSegment.private();
  if (typeof name !== 'string') throw wrongType('name', name, 'a string');
  return ask(() => native.NativeSegment.shared(name, options));
}
