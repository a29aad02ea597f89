// Makes the pictures of the README: a host with traffic, some of it in trouble.

import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Host, browser, until, visit } from './kit.js';

const folder = fileURLToPath(new URL('../../docs/images/', import.meta.url));
const LANES = [
  ['chat', 'relay|gpt-4.1', 42, 0.01, 900], ['chat', 'relay|claude-sonnet-4', 28, 0.004, 1400], ['chat', 'relay|deepseek-v3', 17, 0.18, 2100],
  ['chat', 'relay|gemini-2.5-pro', 9, 0.02, 700], ['chat', 'direct|openai', 3, 0, 800], ['chat', 'direct|anthropic', 2, 0.06, 1100],
  ['billing', 'embeddings|text-3-large', 160, 0.001, 60], ['billing', 'rerank|bge-v2', 35, 0, 45], ['billing', 'moderation|omni', 60, 0.002, 120],
  ['billing', 'whisper|large-v3', 1.5, 0, 4200], ['billing', 'vision|4o-mini', 6, 0.01, 1600], ['billing', 'search|tavily', 12, 0.003, 350],
  ['chat', 'tts|hd', 4, 0.01, 650], ['chat', 'relay|qwen3-235b', 11, 0.02, 1300], ['billing', 'images|flux', 0.7, 0, 9000], ['billing', 'ocr|mistral', 2.5, 0.02, 2600],
].map(([segment, name, rate, failed, ms]) => ({ segment, name, rate, failed, ms }));

const host = new Host();
const chrome = await browser();
try {
  mkdirSync(folder, { recursive: true });
  const worker = host.worker();
  for (const segment of ['chat', 'billing']) {
    await worker({ do: 'make', segment, names: LANES.filter((lane) => lane.segment === segment).map(({ name }) => name), config: { failure_rate: 0.6 } });
  }
  const agent = await host.agent();
  await worker({ do: 'traffic', lanes: LANES });
  const { page, cell } = await visit(chrome, agent.url, { colorScheme: 'dark', viewport: { width: 1280, height: 720 } });
  const seconds = (n) => until(() => page.evaluate((ms) => performance.now() > ms, n * 1000).catch(() => false), `${n} s of traffic`);
  await seconds(12);
  await worker({ do: 'call', segment: 'chat', name: 'relay|deepseek-v3', times: 4000, failed: true, ms: 2100 });
  await worker({ do: 'call', segment: 'chat', name: 'direct|openai', times: 400, failed: true, ms: 3000 });
  host.hscb('force-open', 'whisper|large-v3', '--reason', 'provider maintenance until 14:00');
  host.hscb('observe', 'vision|4o-mini', '--reason', 'trying new limits');
  await page.locator('.cell[data-mode="open"]').nth(1).waitFor();
  await seconds(22);
  const shoot = (name) => page.screenshot({ path: `${folder}${name}.png` });
  await shoot('dashboard-dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await shoot('dashboard-light');
  await page.emulateMedia({ colorScheme: 'dark' });
  await cell('relay|deepseek-v3').click();
  await page.locator('.plot canvas').nth(1).waitFor();
  await page.locator('.log li').first().waitFor();
  await shoot('detail');
  await page.keyboard.press('Escape');
  await page.setViewportSize({ width: 360, height: 740 });
  await page.mouse.move(0, 0);
  await page.evaluate(() => document.activeElement.blur());
  await shoot('phone');
} finally {
  await chrome.close();
  await host.end();
}
