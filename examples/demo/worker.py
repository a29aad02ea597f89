#!/usr/bin/env python3
"""A worker of `hscb demo` in Python: calls an API through a circuit breaker that other processes may share.

Standard library only: ctypes loads libholysheep_cb.so. What matters is `guarded_call`: ask, call, record.
The rest is how `hscb demo` runs its workers: settings come in the environment, one JSON line per fact goes
to standard output, and the worker ends when its standard input is closed.
"""
import ctypes
import http.client
import json
import os
import select
import sys
import time

SUCCESS, FAILURE = 0, 1  # HSCB_SUCCESS, HSCB_FAILURE
HALF_OPEN = 2  # HSCB_HALF_OPEN
PORT = int(os.environ["HSCB_DEMO_PORT"])
TIMEOUT = int(os.environ["HSCB_DEMO_TIMEOUT_MS"]) / 1000
PACE = int(os.environ["HSCB_DEMO_PACE_MS"]) / 1000
BODY = json.dumps({"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]})


class Struct(ctypes.Structure):
    """An hscb struct of which only the head is read here; the library fills at most `size` bytes of it."""

    _fields_ = [("size", ctypes.c_uint32), ("mode", ctypes.c_uint32), ("rest", ctypes.c_uint64 * 63)]

    def __init__(self):
        super().__init__(size=ctypes.sizeof(self))


lib = ctypes.CDLL(os.environ["HSCB_DEMO_LIB"])
lib.hscb_last_error.restype = ctypes.c_char_p
lib.hscb_now_ns.restype = ctypes.c_uint64
lib.hscb_admit.argtypes, lib.hscb_admit.restype = [ctypes.c_void_p], ctypes.c_uint64
lib.hscb_record.argtypes, lib.hscb_record.restype = [ctypes.c_void_p, ctypes.c_uint64, ctypes.c_int32], None


def check(status):
    """Stops with the library's own message where a status says that a call failed."""
    if status < 0:
        sys.exit(f"holysheep_cb: {lib.hscb_last_error().decode()}")


def open_breaker():
    """The breaker `chat`: in the segment that the environment names, else this process's own."""
    segment, breaker, config = ctypes.c_void_p(), ctypes.c_void_p(), Struct()
    name = os.environ.get("HSCB_DEMO_SEGMENT")
    if name:
        check(lib.hscb_segment_open(name.encode(), None, ctypes.byref(segment)))
    check(lib.hscb_config_from_json(os.environ["HSCB_DEMO_CONFIG"].encode(), ctypes.byref(config)))
    check(lib.hscb_breaker_open(segment, b"chat", ctypes.byref(config), ctypes.byref(breaker)))
    lib.hscb_segment_close(segment)  # takes NULL; the breaker keeps what it needs
    return breaker


def mode(breaker):
    """The mode that the breaker is in, as seen by this process."""
    snapshot = Struct()
    check(lib.hscb_breaker_snapshot(breaker, ctypes.byref(snapshot)))
    return snapshot.mode


def say(fact, **details):
    """Reports one fact to the demo."""
    print(json.dumps({"fact": fact, "at": lib.hscb_now_ns(), **details}), flush=True)


def call_api():
    """One real HTTP call; true if the service answered 200 in time."""
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT)
    try:
        connection.request("POST", "/v1/chat/completions", BODY, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        return response.status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def guarded_call(breaker):
    """Asks the breaker, calls, and records how it went; a rejected call costs what `hscb_admit` costs."""
    began = time.perf_counter_ns()
    permit = lib.hscb_admit(breaker)
    asked = time.perf_counter_ns()
    if not permit:
        say("rejected", ns=asked - began)
        return
    if mode(breaker) == HALF_OPEN:
        say("probe")
    ok = call_api()
    lib.hscb_record(breaker, permit, SUCCESS if ok else FAILURE)
    say("result", ok=ok, ns=time.perf_counter_ns() - asked)


def main():
    """Calls at its own pace until standard input is closed."""
    breaker, seen = open_breaker(), None
    say("hello", pid=os.getpid())
    while not select.select([sys.stdin], [], [], PACE)[0]:
        guarded_call(breaker)
        now = mode(breaker)
        if now != seen:
            seen = now
            say("mode", mode=now)


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the demo is gone: nobody is left to report to
