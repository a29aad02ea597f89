/** What an operator says with a command. */

import { checkTypes } from './errors';

/** Options of a breaker's commands. */
export interface CommandOptions {
  /** Who and why, for the command's event: up to 127 bytes; control characters become spaces, and what is longer is cut. */
  note?: string;
}

const OPTIONS = { note: 'string' } as const;

export function noteOf(options: CommandOptions): string | undefined {
  checkTypes(options, OPTIONS);
  return options.note;
}
