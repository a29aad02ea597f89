"""A process that uses breakers, as the tests tell it to: a JSON object on a line in, `done` out."""
import json
import random
import sys
import threading
import time

from holysheep_cb import Breaker, CircuitOpenError

breakers = {}


def call(breaker, failed, seconds):
    """One call that ends so, after so long."""
    try:
        permit = breaker.admit()
    except CircuitOpenError:
        return
    (permit.failure if failed else permit.success)(seconds)


def traffic(lanes):
    """Calls for as long as this process lives: `rate` a second, `failed` of them fail, a median of `ms`."""
    due = [random.random() for _ in lanes]
    while True:
        time.sleep(0.05)
        for i, lane in enumerate(lanes):
            due[i] += lane["rate"] * 0.05 * random.uniform(0.6, 1.4)
            while due[i] >= 1:
                due[i] -= 1
                failed = random.random() < lane["failed"]
                call(breakers[lane["segment"], lane["name"]], failed, lane["ms"] / 1000 * random.lognormvariate(0, 0.5))


def obey(order):
    segment = order.get("segment")
    match order["do"]:
        case "make":
            for name in order["names"]:
                breakers[segment, name] = Breaker(name, segment=segment, **order.get("config", {}))
        case "call":
            for _ in range(order["times"]):
                call(breakers[segment, order["name"]], order["failed"], order["ms"] / 1000)
        case "traffic":
            threading.Thread(target=traffic, args=[order["lanes"]], daemon=True).start()


for line in sys.stdin:
    obey(json.loads(line))
    print("done", flush=True)
