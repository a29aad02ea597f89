"""Cancel: breaking a call off."""

from __future__ import annotations

import os
from ctypes import byref, c_void_p
from typing import Any, NoReturn

from .._ctypes.abi import check, lib
from ..errors import unpicklable

if not hasattr(lib, "hscb_client_open"):
    raise ImportError("the library of holysheep_cb was built without its client (the feature `client`)")


class Cancel:
    """What one call can be broken off by, from any thread. A call that is made with it afterwards ends at once."""

    __slots__ = ("_handle", "_process")
    _handle: int
    """The pointer; 0 once it is given back."""

    def __init__(self) -> None:
        self._handle, self._process = 0, os.getpid()
        handle = c_void_p()
        check(lib.hscb_cancel_new(byref(handle)))
        self._handle = handle.value or 0

    def is_ours(self) -> bool:
        """Whether it is of this process. A forked child has its parent's connections, and must not end them."""
        return self._process == os.getpid()

    def now(self) -> None:
        """Breaks the call off: its failure is "cancelled". In a forked child it does nothing to the parent's call."""
        if self.is_ours():
            lib.hscb_cancel_now(self._handle)

    def __del__(self, free: Any = lib.hscb_cancel_free) -> None:
        handle, self._handle = self._handle, 0
        free(handle)

    def __reduce__(self) -> NoReturn:
        raise unpicklable(self)
