/** A call of a client on its way. */

import { onAbort } from './abort';
import { keepAlive, letGo } from './alive';
import { type Answer, answerOf } from './answer';
import { ask } from './errors';
import type { NativeClient } from '../native/native';
import { type ClientRequest, requestJson } from './request';

/** Makes a call. Aborted, the promise rejects at once, and the call is broken off. */
export function send(client: NativeClient, request: ClientRequest): Promise<Answer> {
  const json = requestJson(request);
  const { signal } = request;
  signal?.throwIfAborted();
  return new Promise((resolve, reject) => {
    const call = ask(() => client.send(json, ended));
    keepAlive(call);
    const forget = signal && onAbort(signal, aborted);
    function ended(): void {
      letGo(call);
      forget?.();
      const outcome = signal?.aborted ? null : answerOf(call.take());
      if (outcome instanceof Error) reject(outcome);
      else if (outcome !== null) resolve(outcome);
    }
    function aborted(): void {
      letGo(call);
      call.cancel();
      reject(signal!.reason);
    }
  });
}
