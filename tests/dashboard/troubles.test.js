// What is unusual: breakers that vanish, an agent that cannot read, readers who want no motion, names that show nothing.

import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { MODE, fail, names, theatre, until, visit } from './kit.js';

const house = theatre();

test('a breaker that is gone leaves its place empty until there is a new order, however one scrolls', async () => {
  const all = Array.from({ length: 300 }, (_, i) => `relay-${String(i).padStart(3, '0')}`);
  const { worker, agent } = await house.stage(all);
  await worker({ do: 'make', segment: 'chat', names: all });
  await fail(worker, all[0]);
  const { page, complaints } = await visit(house.chrome, agent.url);
  await until(async () => (await page.locator('.chip[data-mode="closed"] b').textContent()) === '599', 'all are known');
  // The page's time stands still after a new order, so that there is no other while breakers vanish.
  await page.evaluate(() => {
    const now = performance.now();
    performance.now = () => now;
  });
  await page.locator('#search').fill('relay');
  house.host.hscb('rm', 'billing', '--force');
  await until(async () => (await page.title()) === 'hscb', 'the page knows that they are gone');
  assert.equal(await page.locator('.slot').first().getAttribute('aria-setsize'), '600');
  const shown = await page.evaluate(async () => {
    const main = document.getElementById('cells');
    const shown = [];
    for (let i = 0; i < 20; i += 1) {
      main.scrollTop += 400;
      await new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); });
      shown.push(document.querySelectorAll('.cell').length);
    }
    return shown;
  });
  assert.ok(shown.every((count) => count > 0), `${shown}`);
  await page.evaluate(() => { delete performance.now; });
  await until(async () => (await page.locator('.slot').first().getAttribute('aria-setsize')) === '300', 'a new order');
  assert.deepEqual(complaints, []);
});

test('what the agent cannot read is told for as long as that lasts', async () => {
  const { agent } = await house.stage(['relay']);
  const { page, complaints } = await visit(house.chrome, agent.url);
  await page.locator(MODE('closed')).waitFor();
  const { directory } = house.host;
  const notice = page.locator('.notice');
  writeFileSync(join(directory, 'broken'), 'no segment');
  await notice.getByText('broken is left out').waitFor();
  rmSync(join(directory, 'broken'));
  await notice.waitFor({ state: 'detached' });
  renameSync(directory, `${directory}.aside`);
  writeFileSync(directory, 'no directory');
  await notice.getByText('Segments that come or go are not seen').waitFor();
  rmSync(directory);
  renameSync(`${directory}.aside`, directory);
  await notice.waitFor({ state: 'detached' });
  assert.deepEqual(complaints, []);
});

for (const reducedMotion of ['no-preference', 'reduce']) {
  test(`motion: ${reducedMotion}`, async () => {
    const { worker, agent } = await house.stage(['a', 'b', 'c']);
    const { page } = await visit(house.chrome, agent.url, { reducedMotion });
    await page.locator('.cell').nth(2).waitFor();
    await page.evaluate(() => {
      const { animate } = Element.prototype;
      window.moves = 0;
      Element.prototype.animate = function count(...how) {
        window.moves += 1;
        return animate.apply(this, how);
      };
    });
    await fail(worker, 'c');
    await until(async () => (await names(page))[0] === 'c', 'it moves to the top');
    const moves = await page.evaluate(() => window.moves);
    await agent.kill();
    await page.locator('[data-link="reconnecting"]').waitFor();
    const lamp = await page.locator('.lamp').evaluate((lamp) => getComputedStyle(lamp).animationName);
    if (reducedMotion === 'reduce') assert.deepEqual([moves, lamp], [0, 'none']);
    else assert.ok(moves > 0 && lamp === 'blink', `${moves} moves, lamp: ${lamp}`);
  });
}

test('what shows nothing is spelled out: all that Unicode ignores, controls, and spaces but the plain one', async () => {
  const { agent } = await house.stage(['relay\u00ad', 'relay\u3164']);
  const { page, cell } = await visit(house.chrome, agent.url);
  await cell('relay\\u{ad}').waitFor();
  await cell('relay\\u{3164}').waitFor();
  const wrong = await page.evaluate(async () => {
    const { plain } = await import('/assets/format.js');
    // To Unicode what annotates is none of these, nor is the Braille pattern without dots.
    const hidden = /[\p{Cc}\p{Z}\p{Default_Ignorable_Code_Point}\u{fff9}-\u{fffb}\u{2800}]/u;
    const wrong = [];
    for (let code = 0; code <= 0x10ffff; code += 1) {
      const c = String.fromCodePoint(code);
      const right = hidden.test(c) && c !== ' ' ? `\\u{${code.toString(16)}}` : c;
      if (plain(c) !== right) wrong.push(code.toString(16));
    }
    return wrong;
  });
  assert.deepEqual(wrong, []);
});
