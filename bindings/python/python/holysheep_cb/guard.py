"""Calls that do not end when the function returns: coroutines, generators, async generators.

The outcome is that of the whole. Each wrapper holds its permit in its own frame: where the frame is closed, the call
was ignored, and where it is dropped without ever having run, likewise.
"""

from __future__ import annotations

import functools
import inspect
import sys
import traceback
from types import AsyncGeneratorType, FrameType, GeneratorType
from typing import TYPE_CHECKING, Any, Callable, NoReturn, TypeVar

from .errors import CircuitOpenError
from .policy import FAILURE, IGNORED, UNSET

if TYPE_CHECKING:
    from ._backend import Permit
    from .breaker import Breaker

F = TypeVar("F", bound=Callable[..., Any])
Function = Callable[..., Any]
Admit = Callable[[], "Permit"]
"""Gives the permit of a call, or raises CircuitOpenError."""

_AS_FUNCTIONS = ("__code__", "__defaults__", "__kwdefaults__")
"""What ``inspect`` asks a callable for to see that it is like a function, and so whether it is a coroutine function."""

_LIKE_FUNCTIONS = sys.version_info >= (3, 10)
"""Before, ``inspect`` knew functions only."""


def decorate(breaker: Breaker, function: F) -> F:
    """The function, with every call of it through the breaker."""
    if isinstance(function, (staticmethod, classmethod)) or not callable(function):
        raise TypeError(f"{function!r} cannot be called; decorate the function inside of it")
    make = _maker(function)
    policy = breaker._policy
    if make is coroutine and _LIKE_FUNCTIONS and policy.failure_result is None and policy.fallback is UNSET:
        wrapper = breaker._guarded(function, True)
    elif make is not None:
        wrapper = make(breaker, function, breaker.admit)
    else:
        wrapper = breaker._guarded(function, False)
    for name in _AS_FUNCTIONS:
        if not hasattr(wrapper, name) and hasattr(function, name):
            setattr(wrapper, name, getattr(function, name))
    functools.update_wrapper(wrapper, function)
    return wrapper  # type: ignore[return-value]


def finish(breaker: Breaker, permit: Permit, result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What a call returned that was admitted and has only begun; its outcome is given back when it ends."""
    make = {AsyncGeneratorType: async_generator, GeneratorType: generator}.get(type(result), coroutine)
    if make is generator and result.gi_code.co_flags & inspect.CO_ITERABLE_COROUTINE:
        make = coroutine
    return make(breaker, lambda *_, **__: result, lambda: permit)(*args, **kwargs)


def rejected(
    breaker: Breaker, error: CircuitOpenError, function: Function, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Any:
    """The fallback of a call that was not made, in the form that ``function`` would have given it."""

    def admit() -> NoReturn:
        raise error

    make = _maker(function)
    return breaker._instead(error, args, kwargs) if make is None else make(breaker, function, admit)(*args, **kwargs)


def _maker(function: Function) -> Callable[[Breaker, Function, Admit], Function] | None:
    """Which of the three below fits; None where a call ends when it returns."""
    # An object that can be called is what its class says of calling it.
    for called in (function, inspect.getattr_static(type(function), "__call__", None)):
        code = getattr(called, "__code__", None)
        if inspect.iscoroutinefunction(called) or getattr(code, "co_flags", 0) & inspect.CO_ITERABLE_COROUTINE:
            return coroutine
        if inspect.isgeneratorfunction(called):
            return generator
        if inspect.isasyncgenfunction(called):
            return async_generator
    return None


def coroutine(breaker: Breaker, function: Function, admit: Admit) -> Function:
    """A coroutine function: admitted when it is awaited, over when it returns."""

    async def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            permit = admit()
        except CircuitOpenError as error:
            return await _fallback(breaker, error, args, kwargs)
        try:
            result = await function(*args, **kwargs)
        except BaseException as error:
            outcome = IGNORED if _broken_off(error) else breaker._judge(error)
            _give_back(permit, outcome)
            if outcome == FAILURE and breaker._policy.fallback is not UNSET:
                return await _fallback(breaker, error, args, kwargs)
            raise
        _give_back(permit, breaker._judge_result(result))
        return result

    return guarded


def generator(breaker: Breaker, function: Function, admit: Admit) -> Function:
    """A generator function: admitted at the first item, over at the end. The fallback is for a rejected call."""

    def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            permit = admit()
        except CircuitOpenError as error:
            return (yield from breaker._instead(error, args, kwargs))
        with permit, closing(permit.ignore):
            return (yield from function(*args, **kwargs))

    return guarded


def async_generator(breaker: Breaker, function: Function, admit: Admit) -> Function:
    """An async generator function, likewise; what is sent and thrown into it reaches the function."""

    async def guarded(*args: Any, **kwargs: Any) -> Any:
        try:
            permit = admit()
        except CircuitOpenError as error:
            async for item in _async_items(await _fallback(breaker, error, args, kwargs)):
                yield item
            return
        with permit, closing(permit.ignore):
            items = function(*args, **kwargs)
            try:
                item = await items.__anext__()
                while True:
                    try:
                        sent = yield item
                    except GeneratorExit:
                        raise
                    except BaseException as thrown:
                        item = await items.athrow(thrown)
                    else:
                        item = await items.asend(sent)
            except StopAsyncIteration:
                return
            finally:
                await items.aclose()

    return guarded


async def _fallback(breaker: Breaker, error: BaseException, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The fallback, which may itself be asynchronous."""
    instead = breaker._instead(error, args, kwargs)
    return await instead if inspect.isawaitable(instead) else instead


async def _async_items(items: Any) -> Any:
    """The items of an iterable of either kind."""
    if hasattr(items, "__aiter__"):
        async for item in items:
            yield item
    else:
        for item in items:
            yield item


class closing:
    """Around the body of a generator: what its own cleanup raises while it is closed says nothing of the service."""

    __slots__ = ("_ignore",)

    def __init__(self, ignore: Callable[[], None]) -> None:
        self._ignore = ignore

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None and _broken_off(error):
            self._ignore()


def _broken_off(error: BaseException) -> bool:
    """Whether it was raised while a frame that it passed was being closed.

    A frame further out, in whose own closing the call was made, is another matter: its GeneratorExit passed none of
    these.
    """
    passed = _frames(error)
    seen = {id(error)}  # contexts may be a circle
    behind = error.__context__
    while behind is not None and id(behind) not in seen:
        if isinstance(behind, GeneratorExit) and not passed.isdisjoint(_frames(behind)):
            return True
        seen.add(id(behind))
        behind = behind.__context__
    return False


def _frames(error: BaseException) -> set[FrameType]:
    return {frame for frame, _ in traceback.walk_tb(error.__traceback__)}


def _give_back(permit: Permit, outcome: int) -> None:
    (permit.success, permit.failure, permit.ignore)[outcome]()
