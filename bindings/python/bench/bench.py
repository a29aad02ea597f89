"""What a protected call costs over a bare one, in ns, beside the libraries that people come from.

    pip install ./bindings/python -r bindings/python/bench/requirements.txt
    python bindings/python/bench/bench.py [rounds]

Every way of calling is a loop of its own over one function that returns a constant; the loops take turns, and the
figures are medians over the rounds. "over" is the loop's time less that of the bare call in the same round, so the loop
and the function itself do not count. The other libraries run with their defaults, closed, in memory.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import platform
import statistics
import sys
import time
from types import ModuleType
from typing import Any, Callable

import aiobreaker
import circuitbreaker
import purgatory
import pybreaker

CALLS = 20_000
"""Of one loop in one round."""

TARGETS = [
    ("native call", "bare", 100.0),
    ("native decorator", "bare", 100.0),
    ("native async decorator", "bare async", 100.0),
]
"""At most so many ns over the bare call."""

RIVALS = [("circuitbreaker decorator", 5.0), ("pybreaker decorator", 10.0)]
"""So many times what the native decorator costs, at least; likewise asyncio."""


def backend(name: str) -> ModuleType:
    """The package over one of its backends. A second one is a package of its own beside the first."""
    for module in [module for module in sys.modules if module.partition(".")[0] == "holysheep_cb"]:
        del sys.modules[module]
    os.environ["HOLYSHEEP_CB_BACKEND"] = name
    return importlib.import_module("holysheep_cb")


def function() -> int:
    return 1


async def coroutine() -> int:
    return 1


def statements() -> dict[str, tuple[str, dict[str, Any]]]:
    """What each loop repeats, and the names in it."""
    native, ctypes_ = backend("native").Breaker("bench"), backend("ctypes").Breaker("bench")
    circuit, py, aio = circuitbreaker.CircuitBreaker(), pybreaker.CircuitBreaker(), aiobreaker.CircuitBreaker()
    purgatories = purgatory.SyncCircuitBreakerFactory()
    return {
        "bare": ("f()", {"f": function}),
        "native call": ("b.call(f)", {"b": native, "f": function}),
        "native decorator": ("f()", {"f": native(function)}),
        "native with": ("\n  with b: f()", {"b": native, "f": function}),
        "native admit, success": ("p = b.admit(); f(); p.success()", {"b": native, "f": function}),
        "ctypes call": ("b.call(f)", {"b": ctypes_, "f": function}),
        "ctypes decorator": ("f()", {"f": ctypes_(function)}),
        "ctypes with": ("\n  with b: f()", {"b": ctypes_, "f": function}),
        "circuitbreaker call": ("b.call(f)", {"b": circuit, "f": function}),
        "circuitbreaker decorator": ("f()", {"f": circuit(function)}),
        "circuitbreaker with": ("\n  with b: f()", {"b": circuit, "f": function}),
        "pybreaker call": ("b.call(f)", {"b": py, "f": function}),
        "pybreaker decorator": ("f()", {"f": py(function)}),
        "aiobreaker call": ("b.call(f)", {"b": aio, "f": function}),
        "purgatory decorator": ("f()", {"f": purgatories("bench")(function)}),
    }


def async_statements() -> dict[str, tuple[str, dict[str, Any]]]:
    """The same of coroutines."""
    native, ctypes_ = backend("native").Breaker("bench"), backend("ctypes").Breaker("bench")
    circuit, aio = circuitbreaker.CircuitBreaker(), aiobreaker.CircuitBreaker()
    purgatories = purgatory.AsyncCircuitBreakerFactory()
    return {
        "bare async": ("await f()", {"f": coroutine}),
        "native async call": ("await b.call(f)", {"b": native, "f": coroutine}),
        "native async decorator": ("await f()", {"f": native(coroutine)}),
        "native async with": ("\n  async with b: await f()", {"b": native, "f": coroutine}),
        "ctypes async decorator": ("await f()", {"f": ctypes_(coroutine)}),
        "circuitbreaker async decorator": ("await f()", {"f": circuit(coroutine)}),
        "aiobreaker async call": ("await b.call_async(f)", {"b": aio, "f": coroutine}),
        "purgatory async decorator": ("await f()", {"f": purgatories("bench")(coroutine)}),
    }


def loop(statement: str, names: dict[str, Any], prefix: str) -> Callable[[], Any]:
    """A function that repeats the statement, and returns ns per repetition."""
    code = f"""
{prefix}def run(calls, now, {", ".join(names)}):
 begun = now()
 for _ in range(calls):
  {statement}
 return (now() - begun) / calls
"""
    made: dict[str, Any] = {}
    exec(code, made)
    return lambda: made["run"](CALLS, time.perf_counter_ns, *names.values())


def measure(rounds: int) -> dict[str, list[float]]:
    """ns per call of every statement, by round."""
    loops = {name: loop(*statement, "") for name, statement in statements().items()}
    async_loops = {name: loop(*statement, "async ") for name, statement in async_statements().items()}
    times: dict[str, list[float]] = {name: [] for name in (*loops, *async_loops)}

    async def turn() -> None:
        for name, run in async_loops.items():
            times[name].append(await run())

    for _ in range(rounds + 1):
        for name, run in loops.items():
            times[name].append(run())
        asyncio.run(turn())
    return {name: values[1:] for name, values in times.items()}  # the first round warms up


def show(times: dict[str, list[float]]) -> dict[str, float]:
    """The table; and what each costs over its bare call."""
    over = {}
    print(f"{'':32}{'ns':>9}{'over':>9}{'  x native decorator':>20}")
    for name, values in times.items():
        bare = times["bare async" if "async" in name else "bare"]
        over[name] = statistics.median(value - base for value, base in zip(values, bare))
        native = over.get("native async decorator" if "async" in name else "native decorator")
        ratio = "" if native is None or name.startswith(("bare", "native")) else f"{over[name] / native:.1f}"
        print(f"{name:32}{statistics.median(values):9.1f}{over[name]:9.1f}{ratio:>20}")
    return over


def judge(over: dict[str, float]) -> bool:
    """The targets, one line each; whether all are reached."""
    lines = [
        (f"{name} over {bare}: {over[name]:.0f} ns, at most {most:.0f}", over[name] <= most)
        for name, bare, most in TARGETS
    ]
    for rival, least in RIVALS:
        ratio = over[rival] / over["native decorator"]
        lines.append((f"{rival}: {ratio:.1f} x native, at least {least:.0f}", ratio >= least))
    ratio = over["circuitbreaker async decorator"] / over["native async decorator"]
    lines.append((f"circuitbreaker async decorator: {ratio:.1f} x native, at least 5", ratio >= 5))
    print()
    for line, reached in lines:
        print(f"{'reached' if reached else 'MISSED '}  {line}")
    return all(reached for _, reached in lines)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    python = f"{platform.python_implementation()} {platform.python_version()}"
    print(f"{python}, {platform.machine()}, {rounds} rounds of {CALLS} calls\n")
    judge(show(measure(rounds)))


if __name__ == "__main__":
    main()
