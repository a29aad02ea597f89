/** The core's names of configuration fields in camelCase. The core has the only list; nothing here repeats it. */

import { native } from './native';

/** Every field's default, by the core's name. */
const defaults = JSON.parse(native.NativeBreaker.defaultConfig()) as Record<string, number | string>;

const toCore = new Map(Object.keys(defaults).map((name) => [camelCase(name), name]));

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** The fields of a configuration, as users write them. */
export const fields: readonly string[] = [...toCore.keys()];

/** The core's name of a field; undefined if it is none. */
export function coreName(field: string): string | undefined {
  return toCore.get(field);
}

/** The type of a field's values. */
export function typeOf(field: string): string {
  return typeof defaults[toCore.get(field)!];
}

/** An object with the core's names as one with the users'. */
export function fromCore(json: string): Record<string, unknown> {
  const entries = Object.entries(JSON.parse(json) as object);
  return Object.fromEntries(entries.map(([name, value]) => [camelCase(name), value]));
}

/** What the core's messages call by a name of two words: fields, and the one option of a segment that has such a name. */
const named = new Set([...Object.keys(defaults), 'file_mode']);

/** A message of the core with the names of this package. Other words may be those of a user's path or name. */
export function toUserNames(message: string): string {
  return message.replace(/\b[a-z]+(?:_[a-z]+)+\b/g, (word) => (named.has(word) ? camelCase(word) : word));
}
