/** The core's names of configuration fields in camelCase. The core has the only list; nothing here repeats it. */

import { native } from './native';

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields of one kind of configuration. */
export class Fields {
  /** As users write them. */
  readonly names: readonly string[];
  /** Every field's default, by the core's name. */
  readonly #defaults: Readonly<Record<string, number | string>>;
  readonly #toCore: ReadonlyMap<string, string>;

  /** `defaults`: the core's JSON. */
  constructor(defaults: string) {
    this.#defaults = JSON.parse(defaults) as Record<string, number | string>;
    this.#toCore = new Map(this.coreNames.map((name) => [camelCase(name), name]));
    this.names = [...this.#toCore.keys()];
  }

  get coreNames(): readonly string[] {
    return Object.keys(this.#defaults);
  }

  /** The core's name of a field; undefined if it is none. */
  coreName(field: string): string | undefined {
    return this.#toCore.get(field);
  }

  /** The type of a field's values. */
  typeOf(field: string): string {
    return typeof this.#defaults[this.#toCore.get(field)!];
  }
}

export const breakerFields = new Fields(native.NativeBreaker.defaultConfig());
export const limiterFields = new Fields(native.NativeLimiter.defaultConfig());
export const bulkheadFields = new Fields(native.NativeBulkhead.defaultConfig());

/** An object with the core's names as one with the users'. */
export function fromCore(json: string): Record<string, unknown> {
  const entries = Object.entries(JSON.parse(json) as object);
  return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), value]));
}

/** The same, all the way down. */
export function camelCased(json: string): unknown {
  return JSON.parse(json, (_, value: unknown) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([name, field]) => [camelCase(name), field]));
  });
}

/** What the core's messages call by a name of two words: fields, and the one option of a segment that has such a name. */
const named = new Set([breakerFields, limiterFields, bulkheadFields].flatMap(({ coreNames }) => coreNames).concat('file_mode'));

/** A message of the core with the names of this package. Other words may be those of a user's path or name. */
export function toUserNames(message: string): string {
  return message.replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => (named.has(word) ? camelCase(word) : word));
}

/** A message of the core about what users write with the core's names. */
export function asItIs(message: string): string {
  return message;
}
