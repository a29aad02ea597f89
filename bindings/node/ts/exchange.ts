/** An HTTP call that is out: from its admission to the verdict. */

import type { End, NativeResponse } from '../native/native';
import { onAbort } from './abort';
import { endOfAbort } from './ending';
import { throwLater } from './errors';
import { native } from './native';
import type { Permit } from './permit';
import type { Verdict } from './verdict';

/**
 * Shows the core what comes of a response, and gives the permit back once: as soon as the verdict is final, or with the
 * first end that it is told.
 */
export class Exchange {
  readonly #permit: Permit;
  readonly #onVerdict: ((verdict: Verdict) => void) | undefined;
  readonly #begun = performance.now();
  #response: NativeResponse | undefined;
  #firstByteMs: number | undefined;
  /** Not to hear of the signal any more. */
  #forget: (() => void) | undefined;

  constructor(permit: Permit, onVerdict: ((verdict: Verdict) => void) | undefined) {
    this.#permit = permit;
    this.#onVerdict = onVerdict;
  }

  /** Whether the permit was given back. */
  get isOver(): boolean {
    return !this.#permit.isOut;
  }

  /** It is over when this is aborted. */
  heed(signal: AbortSignal): void {
    this.#forget = onAbort(signal, () => this.end(endOfAbort(signal.reason)));
  }

  /** The status and the headers are there; `headers`: names and values by turns. */
  responded(status: number, headers: string[]): void {
    this.#response = new native.NativeResponse(status, headers);
    if (this.#response.isFinal) this.end('complete');
  }

  /** The next bytes of the body, decoded; undefined = some that cannot be shown. */
  received(bytes: Uint8Array | undefined): void {
    if (this.isOver) return;
    this.#firstByteMs ??= performance.now() - this.#begun;
    const isFinal = bytes === undefined ? this.#response!.skip() : this.#response!.body(bytes);
    if (isFinal) this.end('complete');
  }

  /** It is over. One that ends before its status is there is judged as a good one that has not come. */
  end(end: End): void {
    if (this.isOver) return;
    this.#forget?.();
    const response = this.#response ?? new native.NativeResponse(200, []);
    const verdict = this.#permit.judge(response, end, this.#firstByteMs);
    if (verdict === undefined || this.#onVerdict === undefined) return;
    try {
      this.#onVerdict(verdict);
    } catch (error) {
      throwLater(error);
    }
  }

  /** It says nothing of the service. */
  ignore(): void {
    this.#forget?.();
    this.#permit.ignore();
  }
}
