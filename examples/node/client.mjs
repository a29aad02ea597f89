// Asks a model through a relay: `node client.mjs https://api.holysheep.ai/v1`, with the key in HOLYSHEEP_API_KEY.

import { Client, ClientError } from 'holysheep-cb';

const client = new Client({
  accounts: { holysheep: { key_env: 'HOLYSHEEP_API_KEY', requests: { limit: 600, burst: 20 } } },
  routes: [{ name: 'holysheep', url: process.argv[2] ?? 'https://api.holysheep.ai/v1', account: 'holysheep' }],
  fallbacks: { 'gpt-4.1': ['deepseek-v3.2'] },
  prices: { 'gpt-4.1': { output: 8.0 }, 'deepseek-v3.2': { output: 0.42 } },
});

try {
  const { text, meta } = await client.chat('gpt-4.1', 'Say hello.');
  console.log(text);
  console.log(`by ${meta.model} in ${meta.latencyMs.toFixed()} ms, for ${meta.usd} USD`);

  for await (const piece of client.chatStream('gpt-4.1', 'Count to ten.')) process.stdout.write(piece.text ?? '');
  console.log();
} catch (error) {
  if (!(error instanceof ClientError)) throw error;
  console.error(`${error.message}\n(${error.kind}, ${error.retryable ? 'may pass' : 'stays'}; after ${error.attempts} requests)`);
  process.exitCode = 1;
}
