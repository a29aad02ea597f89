/** What a thread reads: a table, whose keys a command may print. */

import { keepAlive, letGo } from './alive';
import { ask, lost } from './errors';
import { asItIs } from './names';

/** What a thread has begun, and what it came to. */
interface Begun<T> {
  take(): T;
}

/** Has a thread do it. `begin` is given what is to be called at its end. */
export function aside<T>(begin: (ended: () => void) => Begun<T>): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    const begun = ask(() => begin(ended), asItIs);
    keepAlive(begun);
    function ended(): void {
      letGo(begun);
      try {
        const made = ask(() => begun.take(), asItIs);
        if (made) resolve(made);
        else reject(lost());
      } catch (error) {
        reject(error);
      }
    }
  });
}
