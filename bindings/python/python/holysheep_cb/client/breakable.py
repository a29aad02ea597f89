"""Calls that whoever waits for them can break off."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import Callable, TypeVar

from .cancel import Cancel

_T = TypeVar("_T")


def run(work: Callable[[], _T], cancel: Cancel) -> _T:
    """Does the work. Where the caller is the main thread, another one does it: signals are heard by the main thread
    alone, and by none that is in the library. What a handler raises, as Ctrl-C does, breaks the call off."""
    if threading.current_thread() is not threading.main_thread():
        return work()
    done: Future[_T] = Future()
    try:
        threading.Thread(target=_finish, args=(done, work), name="holysheep_cb call", daemon=True).start()
        return done.result()
    except BaseException:
        cancel.now()  # nothing where the call itself has failed
        raise
    finally:
        del done  # its exception holds this frame


def _finish(done: Future[_T], work: Callable[[], _T]) -> None:
    try:
        done.set_result(work())
    except BaseException as error:
        done.set_exception(error)
    finally:
        del done, work
