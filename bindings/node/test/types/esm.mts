// What users write, as tsc sees it. Each @ts-expect-error is a mistake that it must find.

import { once } from 'node:events';
import {
  type Answer,
  type BatchStats,
  Breaker,
  type BreakerOptions,
  Bulkhead,
  BulkheadFullError,
  type BulkheadPermit,
  type BulkheadSnapshot,
  CircuitOpenError,
  Client,
  ClientError,
  type ClientRequest,
  type Config,
  type FailureKind,
  LimitedError,
  Limiter,
  type LimiterConfig,
  type LimiterSnapshot,
  type Meta,
  type Mode,
  type Permit,
  type Piece,
  Segment,
  type Snapshot,
  type Transition,
} from 'holysheep-cb';
import { is } from './is.mjs';

const config: Config = { openMs: 1000, window: 'calls', halfOpenVerdict: 'rate' };
const options: BreakerOptions = { ...config, segment: 'billing', fallback: null, ignore: [TypeError, CircuitOpenError] };
const breaker = new Breaker('relay', options);

// Results and arguments keep their types.
is<Promise<number>>()(breaker.call(async (a: number, b: string) => a + b.length, 1, 'two'), true);
is<Promise<string>>()(breaker.call(() => 'sync'), true);
is<Promise<number>>()(breaker.callWith({ signal: AbortSignal.timeout(5), fallback: 1 }, (n: number) => n, 1), true);
export const wrapped: (a: number) => Promise<string> = breaker.wrap(async (a: number) => String(a));
class Asker {
  key = 'k';
  ask = breaker.wrap(async function (this: Asker, question: string) {
    return this.key + question;
  });
}
is<Promise<string>>()(new Asker().ask('?'), true);

// @ts-expect-error: an argument of a wrong type
breaker.call((n: number) => n, 'one');
// @ts-expect-error: an argument is missing
breaker.call((n: number) => n);
// @ts-expect-error: no function
breaker.call(7);
// @ts-expect-error: no such option
breaker.callWith({ fallbck: 1 }, () => 1);
// @ts-expect-error: a field of a wrong type
new Breaker('x', { openMs: '1000' });
// @ts-expect-error: a word that does not exist
new Breaker('x', { window: 'ticks' });
// @ts-expect-error: the core's spelling
new Breaker('x', { open_ms: 1000 });
// @ts-expect-error: what is internal is not there
breaker.hear;
// @ts-expect-error: nobody makes permits
new (Object(breaker.admit()).constructor as typeof Permit)(breaker);

// Events.
breaker.on('open', (transition) => is<Transition>()(transition, true));
breaker.once('reject', (error) => is<number | null>()(error.retryAfterMs, true));
breaker.on('fallback', (result, error) => [is<unknown>()(result, true), is<unknown>()(error, true)]);
// @ts-expect-error: no such event
breaker.on('opened', () => {});
const [transition] = (await once(breaker, 'close')) as [Transition];
is<Mode>()(transition.to, true);
const segment = new Segment('billing', { capacity: 16, existing: true });
for await (const event of segment.events({ from: 0, keepAlive: true })) is<Transition>()(event, true);
is<string[]>()(segment.names(), true);
is<string[]>()(segment.limiters(), true);
is<string[]>()(segment.bulkheads(), true);
is<number | null>()(segment.processes(), true);

// Permits, and what a breaker shows.
{
  using permit = breaker.admit();
  is<Permit>()(permit, true);
  is<boolean>()(permit.success(12), true);
  permit.throttled(1000);
}
using other = new Breaker('other');
is<Mode>()(other.state, true);
is<Snapshot>()(other.snapshot(), true);
is<number>()(other.snapshot().totals.probesLost, true);
is<number | null>()(other.latency(0.99), true);
is<number | null>()(other.retryAfterMs(), true);
is<Required<Config>>()(other.config, true);
other.configure({ ...other.config, openMs: 5 });

// A limiter and a bulkhead.
const limiter = new Limiter('account', { segment, limit: 600, periodMs: 60_000, burst: 20 });
is<boolean>()(limiter.tryAcquire(5), true);
is<Promise<void>>()(limiter.acquire(5, { timeoutMs: 1000, signal: AbortSignal.timeout(5) }), true);
is<number>()(limiter.retryAfterMs(), true);
is<LimiterSnapshot>()(limiter.snapshot(), true);
is<Required<LimiterConfig>>()(limiter.config, true);
limiter.correct({ remaining: 3, resetMs: 500 });
is<number>()(new LimitedError('account', 5).retryAfterMs, true);
// @ts-expect-error: a bulkhead's field
new Limiter('account', { maxWaiting: 5 });
// @ts-expect-error: an option that does not exist
limiter.acquire(1, { timeout: 5 });
const bulkhead = new Bulkhead('relay', { limit: 20, maxWaiting: 0 });
{
  using seat = await bulkhead.enter();
  is<BulkheadPermit>()(seat, true);
}
is<BulkheadPermit | null>()(bulkhead.tryEnter(), true);
is<Promise<number>>()(bulkhead.run(async (a: number) => a, 1), true);
is<BulkheadSnapshot>()(bulkhead.snapshot(), true);
is<number>()(new BulkheadFullError('relay', 1, 2).waiting, true);
// @ts-expect-error: an argument of a wrong type
bulkhead.run((n: number) => n, 'one');

// A client.
const client = new Client({ routes: [{ url: 'https://api.holysheep.ai/v1' }] }, { segment: 'billing', maxConcurrency: 8 });
const request: ClientRequest = { path: '/chat/completions', body: { model: 'gpt-4.1' }, timeoutMs: 5, fallback: [] };
is<Promise<Answer>>()(client.send({ ...request, signal: AbortSignal.timeout(5) }), true);
is<Promise<Answer>>()(client.chat('gpt-4.1', [{ role: 'user', content: 'Hi', name: 'x' }], { seed: 7 }, { cache: false }), true);
is<Promise<Answer>>()(client.embeddings('text-embedding-3-small', ['one', 'two']), true);
const { text, meta, body } = await client.chat('gpt-4.1', 'Hi');
is<string | null>()(text, true);
is<Meta>()(meta, true);
is<Buffer>()(body, true);
for await (const piece of client.chatStream('gpt-4.1', 'Hi')) is<Piece>()(piece, true);
is<Promise<string>>()(client.stream(request).text(), true);
const { results, stats } = await client.batch([request], { concurrency: 4, onProgress: ({ done, of }) => done / of });
is<BatchStats>()(stats, true);
for (const result of results) {
  if (result.status === 'fulfilled') is<Answer>()(result.value, true);
  else is<FailureKind>()(result.reason.kind, true);
}
is<number | null>()(client.status().routes[0]!.retryAfterMs, true);
is<Promise<void>>()(client.replaceTable('{}'), true);
is<Promise<Client>>()(Client.open('{}', { segment: 'billing' }), true);
const failed = new Error() as ClientError;
is<number | null>()(failed.status, true);
is<FailureKind>()(failed.refusals[0]!.kind, true);
// @ts-expect-error: a message has a role
client.chat('gpt-4.1', [{ content: 'Hi' }]);
// @ts-expect-error: an option that does not exist
client.chat('gpt-4.1', 'Hi', {}, { timeout: 5 });
// @ts-expect-error: the requests of a batch have one signal
client.batch([{ path: '/models', signal: AbortSignal.timeout(5) }]);
