"""Asks a model through a relay: client.py https://api.holysheep.ai/v1, with the key in HOLYSHEEP_API_KEY."""

import asyncio
import sys
from holysheep_cb.client import AsyncClient, Client, ClientError

TABLE = {
    "accounts": {"main": {"key_env": "HOLYSHEEP_API_KEY", "requests": {"limit": 600, "burst": 20}}},
    "routes": [{"url": sys.argv[1] if len(sys.argv) > 1 else "https://api.holysheep.ai/v1", "account": "main"}],
    "fallbacks": {"gpt-4.1": ["deepseek-v3.2"]},
    "prices": {"gpt-4.1": {"output": 8.00}, "deepseek-v3.2": {"output": 0.42}},
}


async def both():
    async with AsyncClient(TABLE) as client:
        answers = await asyncio.gather(client.chat("gpt-4.1", "Say hello."), client.chat("gpt-4.1", "Say goodbye."))
        print(*(answer.text for answer in answers), sep="\n")


with Client(TABLE) as client:
    try:
        answer = client.chat("gpt-4.1", "Say hello.", max_tokens=20, timeout=30)
        print(answer.text, f"({answer.meta.latency * 1e3:.0f} ms, {answer.meta.usd} USD)")
    except ClientError as failure:
        sys.exit(f"no answer: {failure}")
    with client.chat_stream("gpt-4.1", "Count to ten.") as stream:
        for piece in stream:
            print(piece.text, end="", flush=True)
asyncio.run(both())
