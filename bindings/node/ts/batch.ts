/** Many calls of a client, some at a time. */

import type { BatchStats, NativeClient } from '../native/native';
import { onAbort } from './abort';
import { keepAlive, letGo } from './alive';
import { type Answer, answerOf } from './answer';
import { ask, checkTypes, lost, outOfRange, throwLater, wrongType } from './errors';
import type { ClientError } from './failure';
import { type ClientRequest, requestJson } from './request';

/** How far a batch is. */
export interface Progress {
  /** Requests that are done. */
  done: number;
  /** All of them. */
  of: number;
}

/** How a batch is made. */
export interface BatchOptions {
  /** Calls at a time, each on a thread of the batch's own. Default 8. */
  concurrency?: number;
  /** Breaks off what is not done when it is aborted; the batch has its results all the same. */
  signal?: AbortSignal;
  /** Hears how far it is. */
  onProgress?: (progress: Progress) => void;
}

/** What came of one request, as of `Promise.allSettled`. */
export type BatchResult =
  | { status: 'fulfilled'; value: Answer }
  | { status: 'rejected'; reason: ClientError };

/** What came of a batch. */
export interface BatchResults {
  /** In the order of the requests. What was not begun when the batch was broken off has failed as `cancelled`. */
  results: BatchResult[];
  /** Sums over them. */
  stats: BatchStats;
}

const OPTIONS = { concurrency: 'whole number', signal: 'AbortSignal', onProgress: 'function' } as const;
const MOST = 1024;

/** Makes them all. */
export function makeBatch(
  client: NativeClient,
  requests: readonly Omit<ClientRequest, 'signal'>[],
  options: BatchOptions,
): Promise<BatchResults> {
  checkTypes(options, OPTIONS);
  if (!Array.isArray(requests)) throw wrongType('requests', requests, 'an array');
  const { concurrency = 8, signal, onProgress } = options;
  if (!(concurrency >= 1 && concurrency <= MOST)) throw outOfRange('concurrency', concurrency, `within 1..=${MOST}`);
  const [jsons, of] = [requests.map(requestJson), requests.length];
  return new Promise((resolve, reject) => {
    const batch = ask(() => client.batch(jsons, concurrency, notified));
    let told = 0;
    keepAlive(batch);
    const forget = signal && onAbort(signal, () => batch.cancel());
    if (signal?.aborted) batch.cancel();
    function notified(): void {
      const { hasEnded, done } = batch;
      if (done > told) tell(onProgress, { done: (told = done), of });
      if (!hasEnded) return;
      letGo(batch);
      forget?.();
      const outcome = batch.take();
      if (outcome === null) reject(lost());
      else resolve({ results: outcome.results.map(answerOf).map(settled), stats: outcome.stats });
    }
  });
}

function settled(result: Answer | Error): BatchResult {
  return result instanceof Error
    ? { status: 'rejected', reason: result as ClientError }
    : { status: 'fulfilled', value: result };
}

function tell(hear: BatchOptions['onProgress'], progress: Progress): void {
  try {
    hear?.(progress);
  } catch (error) {
    throwLater(error);
  }
}
