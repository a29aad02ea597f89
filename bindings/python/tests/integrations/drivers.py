"""One way to call, for every library: so each test is written once and runs over all that are installed."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Coroutine
from typing import Any, ClassVar

import holysheep_cb
from conftest import PATIENCE

from integrations.conftest import MODEL, SEGMENT

STALL = 0.2
"""Seconds after which a read times out, where a test waits for that; elsewhere PATIENCE."""


def body(model: str, stream: bool) -> dict[str, Any]:
    return {"model": model, "messages": [{"role": "user", "content": "Hi"}], "stream": stream}


class Driver:
    """A protected client. ``options`` are those of the integration."""

    name: ClassVar[str]
    library: ClassVar[str]
    error: type[Exception]
    """The library's own error that a refusal is, too."""

    def __init__(self, url: str, timeout: float = PATIENCE, **options: Any) -> None:
        self.url = url
        self.timeout = timeout
        self.options = {"segment": SEGMENT, **options}
        self.open()

    def open(self) -> None:
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError

    def post(self, path: str, model: str = MODEL) -> bytes:
        """Any request, its response read to the end."""
        raise NotImplementedError

    def stream(self, take: int | None = None, model: str = MODEL) -> int:
        """A streamed answer of the mock; how many pieces came. ``take``: break off after so many."""
        raise NotImplementedError

    def drop(self) -> None:
        """A streamed answer of which nothing is read and that nobody closes."""
        raise NotImplementedError

    def ask(self, model: str = MODEL) -> None:
        """A plain answer of the mock."""
        self.post("/v1/chat/completions", model)


class HttpxDriver(Driver):
    def open(self) -> None:
        self.httpx = importlib.import_module(self.library)
        guards = importlib.import_module(f"holysheep_cb.integrations.{self.library}")
        self.error = self.httpx.TransportError
        self.client = self.httpx.Client(
            transport=guards.BreakerTransport(**self.options), base_url=self.url, timeout=self.timeout
        )

    def close(self) -> None:
        self.client.close()

    def post(self, path: str, model: str = MODEL) -> bytes:
        return bytes(self.client.post(path, json=body(model, stream=False)).content)

    def stream(self, take: int | None = None, model: str = MODEL) -> int:
        with self.client.stream("POST", "/v1/chat/completions", json=body(model, stream=True)) as response:
            return sum(1 for _ in zip(response.iter_lines(), range(10**6 if take is None else take)))

    def drop(self) -> None:
        request = self.client.build_request("POST", "/v1/chat/completions", json=body(MODEL, stream=True))
        self.client.send(request, stream=True)


class AsyncDriver(Driver):
    """Runs on a loop of its own."""

    def open(self) -> None:
        self.loop = asyncio.new_event_loop()
        self.run(self.begin())

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return self.loop.run_until_complete(work)

    def close(self) -> None:
        self.run(self.end())
        self.run(self.loop.shutdown_asyncgens())
        self.loop.close()

    async def begin(self) -> None:
        raise NotImplementedError

    async def end(self) -> None:
        raise NotImplementedError

    async def post_async(self, path: str, model: str) -> bytes:
        raise NotImplementedError

    async def stream_async(self, take: int | None, model: str) -> int:
        raise NotImplementedError

    def post(self, path: str, model: str = MODEL) -> bytes:
        return bytes(self.run(self.post_async(path, model)))

    def stream(self, take: int | None = None, model: str = MODEL) -> int:
        return int(self.run(self.stream_async(take, model)))


class AsyncHttpxDriver(AsyncDriver):
    async def begin(self) -> None:
        self.httpx = importlib.import_module(self.library)
        guards = importlib.import_module(f"holysheep_cb.integrations.{self.library}")
        self.error = self.httpx.TransportError
        self.client = self.httpx.AsyncClient(
            transport=guards.AsyncBreakerTransport(**self.options), base_url=self.url, timeout=self.timeout
        )

    async def end(self) -> None:
        await self.client.aclose()

    async def post_async(self, path: str, model: str) -> bytes:
        return bytes((await self.client.post(path, json=body(model, stream=False))).content)

    async def stream_async(self, take: int | None, model: str) -> int:
        count = 0
        async with self.client.stream("POST", "/v1/chat/completions", json=body(model, stream=True)) as response:
            async for _ in response.aiter_lines():
                count += 1
                if count == take:
                    break
        return count

    def drop(self) -> None:
        request = self.client.build_request("POST", "/v1/chat/completions", json=body(MODEL, stream=True))
        self.run(self.client.send(request, stream=True))


class RequestsDriver(Driver):
    name, library = "requests", "requests"

    def open(self) -> None:
        import requests
        from holysheep_cb.integrations.requests import BreakerAdapter

        self.error = requests.ConnectionError
        self.session = requests.Session()
        self.session.mount("http://", BreakerAdapter(**self.options))

    def close(self) -> None:
        self.session.close()

    def _post(self, path: str, model: str, stream: bool) -> Any:
        return self.session.post(self.url + path, json=body(model, stream), stream=stream, timeout=self.timeout)

    def post(self, path: str, model: str = MODEL) -> bytes:
        return bytes(self._post(path, model, stream=False).content)

    def stream(self, take: int | None = None, model: str = MODEL) -> int:
        with self._post("/v1/chat/completions", model, stream=True) as response:
            return sum(1 for _ in zip(response.iter_lines(), range(10**6 if take is None else take)))

    def drop(self) -> None:
        self._post("/v1/chat/completions", MODEL, stream=True)


class AiohttpDriver(AsyncDriver):
    name, library = "aiohttp", "aiohttp"

    async def begin(self) -> None:
        import aiohttp
        from holysheep_cb.integrations.aiohttp import BreakerMiddleware

        self.error = aiohttp.ClientConnectionError
        self.session = aiohttp.ClientSession(
            self.url,
            middlewares=[BreakerMiddleware(**self.options)],
            timeout=aiohttp.ClientTimeout(sock_read=self.timeout),
        )

    async def end(self) -> None:
        await self.session.close()

    async def post_async(self, path: str, model: str) -> bytes:
        async with self.session.post(path, json=body(model, stream=False)) as response:
            return await response.read()

    async def stream_async(self, take: int | None, model: str) -> int:
        count = 0
        async with self.session.post("/v1/chat/completions", json=body(model, stream=True)) as response:
            async for _ in response.content:
                count += 1
                if count == take:
                    break
        return count

    def drop(self) -> None:
        async def begin() -> None:
            await self.session.post("/v1/chat/completions", json=body(MODEL, stream=True))

        self.run(begin())


class OpenAIDriver(Driver):
    name, library = "openai", "openai"
    retries = 0

    def open(self) -> None:
        import openai
        from holysheep_cb.integrations.openai import protect

        self.error = openai.APIConnectionError
        client = openai.OpenAI(base_url=f"{self.url}/v1", api_key="k", timeout=self.timeout, max_retries=self.retries)
        self.client = protect(client, **self.options)

    def close(self) -> None:
        self.client.close()

    def post(self, path: str, model: str = MODEL) -> bytes:
        client = self.client.with_options(base_url=self.url)
        return bytes(client.post(path, body=body(model, stream=False), cast_to=_http_response(self.client)).content)

    def stream(self, take: int | None = None, model: str = MODEL) -> int:
        with self.client.chat.completions.create(**body(model, stream=True)) as stream:
            return sum(1 for _ in zip(stream, range(10**6 if take is None else take)))

    def drop(self) -> None:
        self.client.chat.completions.create(**body(MODEL, stream=True))


class AsyncOpenAIDriver(AsyncDriver):
    name, library = "openai-async", "openai"
    retries = 0

    async def begin(self) -> None:
        import openai
        from holysheep_cb.integrations.openai import protect

        self.error = openai.APIConnectionError
        url = f"{self.url}/v1"
        client = openai.AsyncOpenAI(base_url=url, api_key="k", timeout=self.timeout, max_retries=self.retries)
        self.client = protect(client, **self.options)

    async def end(self) -> None:
        await self.client.close()

    async def post_async(self, path: str, model: str) -> bytes:
        client = self.client.with_options(base_url=self.url)
        answer = await client.post(path, body=body(model, stream=False), cast_to=_http_response(self.client))
        return bytes(answer.content)

    async def stream_async(self, take: int | None, model: str) -> int:
        count = 0
        async with await self.client.chat.completions.create(**body(model, stream=True)) as stream:
            async for _ in stream:
                count += 1
                if count == take:
                    break
        return count

    def drop(self) -> None:
        self.run(self.client.chat.completions.create(**body(MODEL, stream=True)))


def _http_response(client: Any) -> Any:
    """The class of the responses of the HTTP library that an SDK uses."""
    library = next(kind.__module__ for kind in type(client._client).__mro__ if kind.__module__.startswith("httpx"))
    return importlib.import_module(library.partition(".")[0]).Response


class Httpx(HttpxDriver):
    name, library = "httpx", "httpx"


class AsyncHttpx(AsyncHttpxDriver):
    name, library = "httpx-async", "httpx"


class Httpx2(HttpxDriver):
    name, library = "httpx2", "httpx2"


class AsyncHttpx2(AsyncHttpxDriver):
    name, library = "httpx2-async", "httpx2"


ALL: list[type[Driver]] = [
    Httpx, AsyncHttpx, Httpx2, AsyncHttpx2, RequestsDriver, AiohttpDriver, OpenAIDriver, AsyncOpenAIDriver
]  # fmt: skip


DRIVERS = [driver for driver in ALL if importlib.util.find_spec(driver.library)]
if holysheep_cb.BACKEND != "native":
    DRIVERS = DRIVERS[:2]  # enough to show that a backend serves
