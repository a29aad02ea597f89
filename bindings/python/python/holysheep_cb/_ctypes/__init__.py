"""The backend over ``ctypes``: the surface of the native module (``_native.pyi``) in Python, over any library that
exports the C ABI. For interpreters that the native module cannot serve, and for a library of the whole system."""

from .abi import VERSION
from .breaker import BreakerCore
from .bulkhead import BulkheadCore, BulkheadPermit, Place
from .limiter import LimiterCore, Turn
from .permit import Permit
from .response import ResponseCore, Verdict, request_name
from .segment import SegmentCore

__all__ = [
    "VERSION",
    "BreakerCore",
    "BulkheadCore",
    "BulkheadPermit",
    "LimiterCore",
    "Permit",
    "Place",
    "ResponseCore",
    "SegmentCore",
    "Turn",
    "Verdict",
    "request_name",
]
