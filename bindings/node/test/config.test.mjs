// Configuration: the core's fields and messages, in camelCase.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Breaker, Bulkhead, Limiter, Segment } from '../index.mjs';
import { root, unique } from './kit.mjs';

const defaults = new Breaker(unique()).config;

test('the types name the fields that the core has, with their defaults', () => {
  const source = readFileSync(join(root, 'ts/config.ts'), 'utf8');
  const core = { Config: defaults, LimiterConfig: new Limiter(unique()).config, BulkheadConfig: new Bulkhead(unique()).config };
  for (const [name, config] of Object.entries(core)) {
    const [, body] = source.match(new RegExp(`export interface ${name} \\{([^]*?)\\n\\}`));
    const fields = [...body.matchAll(/\* .*Default ('?)([\w.]+)\1\. \*\/\n  (\w+)\?: (.+);/g)];
    const typed = Object.fromEntries(fields.map(([, quote, value, name]) => [name, quote ? value : Number(value)]));
    assert.deepEqual(typed, config);
  }
});

test('what is set is in force, and the rest has its default', () => {
  const given = { openMs: 5000, failureRate: 0.25, window: 'calls', windowCalls: 50, halfOpenVerdict: 'rate' };
  const breaker = new Breaker(unique(), { ...given, openMaxMs: undefined, fallback: 1 });
  assert.deepEqual(breaker.config, { ...defaults, ...given });
});

const wrong = [
  [{ openMs: 0 }, RangeError, 'HSCB_ERR_CONFIG', 'openMs is 0, but must be within 1..=86400000'],
  [{ openMs: 1.5 }, RangeError, 'HSCB_ERR_CONFIG', 'openMs is 1.5, but must be within 1..=86400000'],
  [{ openMs: -1 }, RangeError, 'HSCB_ERR_CONFIG', 'openMs is -1, but must be within 1..=86400000'],
  [{ openMs: NaN }, RangeError, 'HSCB_ERR_CONFIG', 'openMs is "NaN", but must be within 1..=86400000'],
  [{ failureRate: Infinity }, RangeError, 'HSCB_ERR_CONFIG', 'failureRate is "Infinity", but must be within 0..=1'],
  [{ window: 'ticks' }, RangeError, 'HSCB_ERR_CONFIG', 'window is "ticks", but must be "time" or "calls"'],
  [{ failureThreshold: 0 }, RangeError, 'HSCB_ERR_CONFIG', /^failureRate is 0.5, but with failureThreshold 0 and minCalls 0/],
  [{ openMs: '5' }, TypeError, 'HSCB_ERR_ARGUMENT', 'openMs is "5", but must be a number'],
  [{ openMs: 5n }, TypeError, 'HSCB_ERR_ARGUMENT', 'openMs is of type bigint, but must be a number'],
  [{ window: null }, TypeError, 'HSCB_ERR_ARGUMENT', 'window is of type null, but must be a string'],
  [{ open_ms: 5 }, TypeError, 'HSCB_ERR_ARGUMENT', /^there is no option "open_ms"; allowed are .*openMs/],
];

test('errors have the message of the core, its names in camelCase, and a code', () => {
  const breaker = new Breaker(unique());
  for (const [config, kind, code, message] of wrong) {
    for (const act of [() => new Breaker(unique(), config), () => breaker.configure(config)]) {
      assert.throws(act, (error) => {
        assert.ok(error instanceof kind, `${error.stack}`);
        assert.equal(error.code, code);
        if (message instanceof RegExp) assert.match(error.message, message);
        else assert.equal(error.message, message);
        return true;
      });
    }
  }
  assert.deepEqual(breaker.config, defaults);
});

test('what is no object of options, and what is no function, is refused at once', () => {
  const breaker = new Breaker(unique());
  for (const given of [null, 5, 'fast']) {
    for (const act of [
      () => new Breaker(unique(), given),
      () => breaker.configure(given),
      () => breaker.callWith(given, () => 1),
      () => breaker.wrap(() => 1, given),
      () => new Segment(undefined, given),
    ]) {
      assert.throws(act, { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT', message: /^options is .*, but must be an object$/ });
    }
  }
  assert.throws(() => breaker.wrap(3), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT' });
});

test('names are checked', () => {
  assert.throws(() => new Breaker(''), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
  assert.throws(() => new Breaker('x'.repeat(128)), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
  assert.throws(() => new Breaker('a\nb'), { name: 'RangeError', code: 'HSCB_ERR_NAME' });
  assert.throws(() => new Breaker(7), { name: 'TypeError', code: 'HSCB_ERR_ARGUMENT', message: /name is of type number/ });
  assert.equal(new Breaker('schön|模型').name, 'schön|模型');
});

test('configure replaces everything, for everybody; an existing breaker keeps its own', () => {
  const breaker = new Breaker(unique(), { openMs: 1000, windowMs: 5000 });
  const same = new Breaker(breaker.name, { openMs: 2000 });
  assert.equal(same.config.openMs, 1000);
  same.configure({ ...same.config, openMs: 3000 });
  assert.deepEqual([breaker.config.openMs, breaker.config.windowMs], [3000, 5000]);
  same.configure({});
  assert.deepEqual(breaker.config, defaults);
});
