// What the dashboard promises, each against a real agent, real segments and processes that are not the agent's.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Host, MODE, TOKEN, fail, names, succeed, theatre, until, visit } from './kit.js';

const house = theatre();

test('an empty host says what to do', async () => {
  const agent = await house.host.agent();
  const { page, complaints } = await visit(house.chrome, agent.url);
  await page.getByRole('heading', { name: 'No breakers yet' }).waitFor();
  assert.ok((await page.locator('#empty').textContent()).includes(house.host.directory));
  const worker = house.host.worker();
  await worker({ do: 'make', segment: 'billing', names: ['first'] });
  await page.locator(MODE('closed')).waitFor();
  assert.ok(await page.locator('#empty').isHidden());
  assert.deepEqual(complaints, []);
});

test('a cell shows state, rates, latencies and a sparkline, and a countdown where it is open; the worst is first', async () => {
  const { worker, agent } = await house.stage(['a healthy', 'b failing', 'c dead']);
  const { page, cell, complaints } = await visit(house.chrome, agent.url);
  await succeed(worker, 'a healthy', 40);
  await succeed(worker, 'b failing', 6);
  await fail(worker, 'b failing', 2);
  await fail(worker, 'c dead');
  await page.locator(MODE('open')).waitFor();
  await until(async () => (await names(page)).join() === 'c dead,b failing,a healthy', 'the worst is first');
  assert.match(await cell('c dead').locator('.count').textContent(), /^\d\d s$/);
  assert.equal(await cell('c dead').locator('.word').textContent(), 'open');
  await until(async () => (await cell('b failing').locator('.facts').textContent()).includes('25 %failed'), 'its error rate');
  await until(async () => /\d+msp50\d+msp95\d+msp99/.test(await cell('a healthy').locator('.facts').textContent()), 'latencies');
  await until(() => cell('a healthy').locator('.spark .calls').getAttribute('d'), 'a sparkline');
  assert.deepEqual(complaints, []);
});

test('the shape of a busy breaker is larger', async () => {
  const { worker, agent } = await house.stage(['busy', 'idle']);
  const { cell } = await visit(house.chrome, agent.url);
  await worker({ do: 'traffic', lanes: [{ segment: 'billing', name: 'busy', rate: 200, failed: 0, ms: 50 }] });
  const size = (name) => cell(name).locator('.glyph').evaluate((glyph) => Number(glyph.style.getPropertyValue('--size')));
  await until(async () => (await size('busy')) > 1.5 * (await size('idle')), 'size tells of volume');
});

test('a trip in another process is shown within a second, told to screen readers and logged', async (t) => {
  const { worker, agent } = await house.stage(['relay|gpt-4.1', 'relay|claude']);
  const { page, complaints } = await visit(house.chrome, agent.url);
  await page.locator(MODE('closed')).nth(1).waitFor();
  await page.evaluate(() => new MutationObserver(() => {
    if (document.querySelector('.cell[data-mode="open"]')) window.shownAt ??= Date.now();
  }).observe(document.getElementById('grid'), { subtree: true, attributes: true }));
  await fail(worker, 'relay|gpt-4.1');
  const tripped = Date.now();
  await page.locator(MODE('open')).waitFor();
  const delay = (await page.evaluate(() => window.shownAt)) - tripped;
  t.diagnostic(`shown ${delay} ms after the trip`);
  assert.ok(delay < 1000, `it took ${delay} ms`);
  await page.locator('#say').getByText('relay|gpt-4.1 open: too many failures.').waitFor();
  await page.locator('#latest').getByText('closed → open').waitFor();
  await page.locator(MODE('open')).click();
  await page.locator('.log').getByText('closed → open').waitFor();
  assert.match(await page.title(), /^\(1 open\)/);
  assert.deepEqual(complaints, []);
});

test('filters: by state, by name, by segment', async () => {
  const { worker, agent } = await house.stage(['relay|gpt-4.1', 'relay|claude', 'direct|gpt-4.1']);
  await worker({ do: 'make', segment: 'chat', names: ['relay|gpt-4.1'] });
  await fail(worker, 'relay|claude');
  const { page, complaints } = await visit(house.chrome, agent.url);
  const shown = async (n) => until(async () => (await page.locator('.cell').count()) === n, `${n} cells`);
  await shown(4);
  const open = page.locator('.chip[data-mode="open"]');
  assert.equal(await open.locator('b').textContent(), '1');
  await open.click();
  await shown(1);
  assert.equal(await open.getAttribute('aria-pressed'), 'true');
  await open.click();
  await page.keyboard.press('/');
  await page.keyboard.type('GPT relay');
  await shown(2);
  await page.locator('#segment').selectOption('chat');
  await shown(1);
  await page.keyboard.press('/');
  await page.keyboard.type('nothing of this name');
  await page.getByRole('heading', { name: 'No breaker passes these filters' }).waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await shown(4);
  assert.deepEqual(complaints, []);
});

test('an operator trips and resets with the token, which is asked for once and kept in this tab alone', async () => {
  const { agent } = await house.stage(['relay|gpt-4.1']);
  const { page, complaints } = await visit(house.chrome, agent.url);
  await page.locator('.cell').click();
  const button = (word) => page.locator('.buttons').getByRole('button', { name: word, exact: true });
  const dialog = page.locator('#operate');
  await button('Trip for…').click();
  await dialog.getByLabel('For how long').fill('25h');
  await dialog.getByLabel('Reason').fill('drill of the tests');
  await dialog.getByLabel('Token').fill('a guess');
  await dialog.getByRole('button', { name: 'Trip' }).click();
  await dialog.getByText('For how long? A number').waitFor();
  await dialog.getByLabel('For how long').fill('5m');
  await page.keyboard.press('Enter');
  await dialog.getByText('A token has letters').waitFor();
  await dialog.getByLabel('Token').fill('a-guess');
  await page.keyboard.press('Enter');
  await dialog.getByText('The agent does not know this token.').waitFor();
  await dialog.getByLabel('Token').fill(TOKEN);
  await dialog.getByRole('button', { name: 'Trip' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.locator(MODE('open')).waitFor();
  await page.locator('.log').getByText('drill of the tests').waitFor();
  const [event] = JSON.parse(`[${house.host.hscb('events', '--json', '--last', '1')}]`);
  assert.match(event.note, /^http: drill of the tests/);
  await until(async () => /^4:\d\d|5:00$/.test(await page.locator('.cell .count').textContent()), 'five minutes are counted down');
  await button('Reset').click();
  assert.equal(await dialog.getByLabel('Token').count(), 0);
  await dialog.getByRole('button', { name: 'Reset' }).click();
  await page.locator(MODE('closed')).waitFor();
  assert.ok((await page.evaluate(() => JSON.stringify(localStorage) + document.cookie)).includes(TOKEN) === false);
  // The browser itself tells of the refusal.
  assert.deepEqual(complaints.filter((one) => !one.includes('401')), []);
});

test('without a token of the agent nobody operates, and it says why', async () => {
  const { agent } = await house.stage(['relay'], {}, { token: false });
  const { page } = await visit(house.chrome, agent.url);
  await page.locator('.cell').click();
  assert.equal(await page.locator('.buttons button:enabled').count(), 0);
  await page.getByText('this agent was started without a token').waitFor();
});

test('who forced it open, and why, is on the cell', async () => {
  const { agent } = await house.stage(['relay']);
  house.host.hscb('force-open', 'relay', '--reason', 'provider maintenance until 14:00');
  const { page } = await visit(house.chrome, agent.url);
  await page.locator(MODE('forced-open')).locator('.why').getByText(/user .*: provider maintenance until 14:00/).waitFor();
});

test('it survives a restart of the agent: what is old is shown as old, then all is as it is', async () => {
  const { worker, agent } = await house.stage(['relay', 'other']);
  const { page, complaints } = await visit(house.chrome, agent.url);
  await page.locator('[data-link="live"]').waitFor();
  await page.locator(MODE('closed')).nth(1).waitFor();
  await agent.kill();
  await page.locator('[data-link="reconnecting"]').waitFor();
  assert.equal(await page.locator('#link-word').textContent(), 'reconnecting');
  await fail(worker, 'relay');
  const again = await house.host.agent({ port: agent.port });
  await page.locator('[data-link="live"]').waitFor();
  await page.locator(MODE('open')).waitFor();
  await fail(worker, 'other');
  await page.locator(MODE('open')).nth(1).waitFor();
  assert.equal(again.port, agent.port);
  const isOfTheNetwork = (text) => /ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/.test(text);
  assert.deepEqual(complaints.filter((text) => !isOfTheNetwork(text)), []);
});

/** Narrow, usual, wide. */
const WIDTHS = [360, 1280, 3840];
/** axe is put into the page by the test, which the page's own policy does not allow. */
const WITH_AXE = { bypassCSP: true, reducedMotion: 'reduce' };

const putAxe = (page) => page.addScriptTag({ path: new URL('node_modules/axe-core/axe.min.js', import.meta.url).pathname });

const resize = (page, width) => page.setViewportSize({ width, height: Math.round(width * 0.6) + 400 });

/** Nothing is wider than its place, and axe finds nothing. */
async function assertFits(page, width, parts) {
  await resize(page, width);
  // The grid is laid out anew by an observer, which is told within a frame.
  await page.evaluate(() => new Promise((done) => { requestAnimationFrame(() => requestAnimationFrame(done)); }));
  const overflow = await page.evaluate((ids) => [document.documentElement, ...ids.map((id) => document.getElementById(id))].filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.id || 'page'), parts);
  assert.deepEqual(overflow, [], `${width} px`);
  // A cell's name begins with the breaker's, which is what is said to choose it; its numbers, which change, are left out.
  const { violations } = await page.evaluate(() => window.axe.run({ rules: { 'label-content-name-mismatch': { enabled: false } } }));
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html} ${nodes[0].failureSummary}`), [], `${width} px`);
}

test('the fleet: how many hosts, what is open on which, and what is forced open on all', async () => {
  const other = new Host();
  try {
    const fleet = await house.host.redis();
    const { agent } = await house.stage(['relay|gpt-4.1'], {}, { fleet: fleet('here') });
    const worker = other.worker();
    await worker({ do: 'make', segment: 'billing', names: ['relay|gpt-4.1'] });
    other.member(fleet('there'));
    const { page, complaints } = await visit(house.chrome, agent.url, WITH_AXE);
    await page.getByRole('button', { name: 'Fleet: 2 hosts' }).click();
    await page.getByText('No breaker is open on any host').waitFor();
    await worker({ do: 'call', segment: 'billing', name: 'relay|gpt-4.1', times: 5, failed: true, ms: 30 });
    const row = page.locator('#fleet-table tbody tr');
    await row.getByRole('cell', { name: /^open \d+ s$/ }).waitFor();
    assert.deepEqual(await page.locator('#fleet-table thead th').allTextContents(), ['Breaker', 'Policy', 'Open on', 'there', 'Forced open']);
    await row.getByRole('cell', { name: '1 host', exact: true }).waitFor();
    house.host.hscb('fleet', 'force-open', 'billing/relay|gpt-4.1', '--reason', 'drill <b>', ...fleet('').slice(0, 4));
    await row.getByText('drill <b>').waitFor();
    await putAxe(page);
    for (const colorScheme of ['dark', 'light']) {
      await page.emulateMedia({ colorScheme });
      for (const width of WIDTHS) await assertFits(page, width, ['fleet']);
    }
    await page.keyboard.press('Escape');
    await page.locator(MODE('forced-open')).locator('.why').getByText('drill <b>').waitFor();
    assert.deepEqual(complaints, []);
  } finally {
    await other.end();
  }
});

test('names are text, whatever they say', async () => {
  const hostile = ['<img src=x onerror=alert(1)>', '"><script>alert(1)</script>', '\u202egnp.exe', '🐑 模型 نموذج', `long-${'x'.repeat(122)}`, '__proto__', 'a/b?c#d%2e'];
  const { worker, agent } = await house.stage(hostile);
  const { page, cell, complaints } = await visit(house.chrome, agent.url);
  await until(async () => (await page.locator('.cell').count()) === hostile.length, 'all are shown');
  assert.equal(await page.locator('#grid img, #grid script').count(), 0);
  await cell('\\u{202e}gnp.exe').waitFor();
  for (const name of [hostile[0], hostile[3], hostile[4], hostile[5], hostile[6]]) {
    await fail(worker, name);
    await cell(name).click();
    await page.locator('#detail-name').getByText(name, { exact: true }).waitFor();
    await page.locator('.config td').first().waitFor();
    await page.locator('.log li').first().waitFor();
  }
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth > innerWidth), false);
  assert.deepEqual(complaints, []);
});

test('by keyboard alone: to a breaker, into it, and back to where the focus was', async () => {
  const { agent } = await house.stage(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h']);
  const { page } = await visit(house.chrome, agent.url);
  await page.locator('.cell').nth(7).waitFor();
  const at = () => page.evaluate(() => document.activeElement.querySelector('.name')?.textContent ?? document.activeElement.id);
  await page.keyboard.press('/');
  assert.equal(await at(), 'search');
  await page.keyboard.press('Tab');
  assert.equal(await at(), 'a');
  await page.keyboard.press('ArrowRight');
  assert.equal(await at(), 'b');
  await page.keyboard.press('End');
  assert.equal(await at(), 'h');
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowDown');
  const columns = await page.evaluate(() => new Set([...document.querySelectorAll('.slot')].map((slot) => Math.round(slot.getBoundingClientRect().left))).size);
  const below = 'abcdefgh'[columns];
  assert.equal(await at(), below);
  await page.keyboard.press('Enter');
  assert.equal(await at(), 'detail-name');
  await page.keyboard.press('Escape');
  assert.equal(await at(), below);
  await page.keyboard.press('?');
  await page.getByRole('heading', { name: 'Keys' }).waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await at(), below);
});

for (const colorScheme of ['dark', 'light']) {
  test(`${colorScheme}: no width overflows, and axe finds nothing`, async () => {
    const { worker, agent } = await house.stage(['closed', 'open', 'half-open', 'forced', 'observing', 'disabled']);
    await fail(worker, 'open');
    await fail(worker, 'half-open');
    for (const [verb, name] of [['half-open', 'half-open'], ['force-open', 'forced'], ['observe', 'observing'], ['disable', 'disabled']]) house.host.hscb(verb, name);
    const { page, cell } = await visit(house.chrome, agent.url, { ...WITH_AXE, colorScheme });
    await putAxe(page);
    await until(async () => (await page.locator('.cell').count()) === 6, 'all are shown');
    for (const width of WIDTHS) {
      await resize(page, width);
      for (const isDetailed of [false, true]) {
        if (isDetailed) {
          await cell('open').click();
          await page.locator('.plot canvas').nth(1).waitFor();
          await page.locator('.config td').first().waitFor();
        }
        await assertFits(page, width, ['cells', 'detail']);
      }
      await page.keyboard.press('Escape');
    }
  });
}

test('a theme that was chosen stays', async () => {
  const { agent } = await house.stage(['relay']);
  const { page } = await visit(house.chrome, agent.url, { colorScheme: 'dark' });
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.locator('#theme').click();
  await page.locator('#theme').click();
  await page.getByText('Theme: light').waitFor();
  assert.notEqual(await ground(), dark);
  await page.reload();
  await page.getByText('Theme: light').waitFor();
  assert.notEqual(await ground(), dark);
});

test('while somebody points at the grid, cells stay where they are', async () => {
  const { worker, agent } = await house.stage(['a', 'b', 'c']);
  const { page } = await visit(house.chrome, agent.url);
  await page.locator('.cell').nth(2).waitFor();
  // However long the rest takes, the pointer has just moved.
  let x = 0;
  const point = () => page.locator('.cell').first().hover({ position: { x: 10 + (x += 1) % 20, y: 10 } });
  await point();
  await fail(worker, 'c');
  const offer = page.getByRole('button', { name: '1 more in trouble below. Sort now' });
  await until(async () => {
    await point();
    return offer.isVisible();
  }, 'it offers to sort anew');
  assert.deepEqual(await names(page), ['a', 'b', 'c']);
  await page.locator('#resort').click();
  await until(async () => (await names(page))[0] === 'c', 'sorted anew');
});

test('1,000 breakers scroll, as only those in view exist', async (t) => {
  const { worker, agent } = await house.stage(Array.from({ length: 1000 }, (_, i) => `relay|model-${String(i).padStart(4, '0')}`));
  await worker({ do: 'traffic', lanes: Array.from({ length: 100 }, (_, i) => ({ segment: 'billing', name: `relay|model-${String(i * 10).padStart(4, '0')}`, rate: 5, failed: 0.1, ms: 60 })) });
  const { page, complaints } = await visit(house.chrome, agent.url);
  await until(async () => (await page.locator('.chip[data-mode="closed"] b').textContent()) === '1000' && (await page.locator('.cell').count()) > 0, 'all are known');
  const { frames, most } = await page.evaluate(async () => {
    const main = document.getElementById('cells');
    const frames = [];
    let most = 0;
    for (let i = 0, before = 0; i < 300; i += 1) {
      const now = await new Promise(requestAnimationFrame);
      if (before) frames.push(now - before);
      before = now;
      main.scrollTop += 60;
      most = Math.max(most, document.querySelectorAll('.cell').length);
    }
    return { frames: frames.sort((a, b) => a - b), most };
  });
  t.diagnostic(`frames while scrolling: median ${frames[150].toFixed(1)} ms, p95 ${frames[284].toFixed(1)} ms; at most ${most} cells`);
  assert.ok(most <= 60, `${most} cells`);
  await page.locator('.cell').first().focus();
  await page.keyboard.press('End');
  await until(() => page.evaluate(() => document.activeElement.closest('.slot')?.getAttribute('aria-posinset') === '1000'), 'the last one has the focus');
  assert.deepEqual(complaints, []);
});

test('the policy allows the page alone, and all that it loads is of the agent', async () => {
  const { agent } = await house.stage(['relay']);
  const answer = await fetch(agent.url);
  const policy = answer.headers.get('content-security-policy');
  assert.match(policy, /default-src 'none'.*script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe/);
  const { page } = await visit(house.chrome, 'about:blank');
  const asked = new Set();
  let bytes = 0;
  page.on('response', async (response) => {
    asked.add(new URL(response.url()).origin);
    if (!response.url().includes('/api/')) bytes += (await response.body()).length;
  });
  await page.goto(agent.url);
  await page.locator('.cell').click();
  await page.locator('.plot canvas').first().waitFor();
  assert.deepEqual([...asked], [new URL(agent.url).origin]);
  assert.ok(bytes < 200_000, `${bytes} bytes`);
});
