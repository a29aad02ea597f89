#!/usr/bin/env python3
"""A worker of `hscb demo` in Python: calls an API through a circuit breaker that other processes may share.

What matters is `guarded_call`: ask, call, say how it went. The rest is how `hscb demo` runs its workers: settings come in
the environment, one JSON line per fact goes to standard output, and the worker ends when its standard input is closed.
"""
import http.client
import json
import os
import select
import sys
import time

from holysheep_cb import Breaker, CircuitOpenError

MODES = ["closed", "open", "half-open", "forced-open", "disabled", "observing"]  # by their numbers in the C ABI
PORT = int(os.environ["HSCB_DEMO_PORT"])
TIMEOUT = int(os.environ["HSCB_DEMO_TIMEOUT_MS"]) / 1000
PACE = int(os.environ["HSCB_DEMO_PACE_MS"]) / 1000
BODY = json.dumps({"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]})


def say(fact, **details):
    """Reports one fact to the demo."""
    print(json.dumps({"fact": fact, "at": time.monotonic_ns(), **details}), flush=True)


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
    """Asks the breaker, calls, and says how it went; a rejected call costs what an exception costs."""
    began = time.perf_counter_ns()
    try:
        permit = breaker.admit()
    except CircuitOpenError:
        say("rejected", ns=time.perf_counter_ns() - began)
        return
    asked = time.perf_counter_ns()
    if breaker.state == "half-open":
        say("probe")
    ok = call_api()
    permit.success() if ok else permit.failure()
    say("result", ok=ok, ns=time.perf_counter_ns() - asked)


def main():
    """Calls at its own pace until standard input is closed."""
    config = json.loads(os.environ["HSCB_DEMO_CONFIG"])
    breaker = Breaker("chat", segment=os.environ.get("HSCB_DEMO_SEGMENT"), **config)
    seen = None
    say("hello", pid=os.getpid())
    while not select.select([sys.stdin], [], [], PACE)[0]:
        guarded_call(breaker)
        if breaker.state != seen:
            seen = breaker.state
            say("mode", mode=MODES.index(seen))


if __name__ == "__main__":
    try:
        main()
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)  # the demo is gone: nobody is left to report to
