"""Causes one fault in a running stack, and ends it."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext

import redis

from bench.soak.schedule import Fault
from tests.services.faulty_s3 import SOUND
from tests.services.light_stack import FaultyStack
from tests.services.refusals import refusing

RATES: Mapping[str, float] = {
    "errs": 0.35,
    "delays": 0.05,
    "loses": 0.15,
    "breaks_off": 0.15,
    "flips_answer": 0.1,
    "flips_request": 0.1,
}
"""The share of requests to the store that fail in each way while they do."""
DELAY_S, LOOK_EVERY_S = 0.3, 0.25


def inject(fault: Fault, running: FaultyStack, *, sleep: Callable[[float], None] = time.sleep) -> None:
    """Cause the fault, wait as long as it lasts, and end it."""
    with _happening(fault, running):
        sleep(fault.lasts_s)


def _happening(fault: Fault, running: FaultyStack) -> AbstractContextManager[object]:
    place, _, name = fault.kind.partition("_")
    if place == "s3":
        return _faulty_store(name, running)
    if place == "redis" and name.isupper():
        return refusing(running.stack.redis, name)
    if place == "redis":
        return _REDIS[name](running)
    return _PROCESS[fault.kind](fault, running)


@contextmanager
def _faulty_store(name: str, running: FaultyStack) -> Iterator[None]:
    running.s3.rates = {name: RATES[name]}
    try:
        yield
    finally:
        running.s3.rates = SOUND


@contextmanager
def _down(running: FaultyStack) -> Iterator[None]:
    running.stack.redis.stop()
    try:
        yield
    finally:
        running.stack.redis.start()


@contextmanager
def _slow(running: FaultyStack) -> Iterator[None]:
    running.wire.delay_s = DELAY_S
    try:
        yield
    finally:
        running.wire.heal()


@contextmanager
def _unplugged(running: FaultyStack) -> Iterator[None]:
    running.wire.unplugged = True
    running.wire.cut()
    try:
        yield
    finally:
        running.wire.heal()


def _at_once(action: Callable[[FaultyStack], object]) -> Callable[[FaultyStack], AbstractContextManager[object]]:
    return lambda running: nullcontext(action(running))


_REDIS: Mapping[str, Callable[[FaultyStack], AbstractContextManager[object]]] = {
    "restart": _down,
    "slow": _slow,
    "unplugged": _unplugged,
    "forgets": _at_once(lambda running: redis.Redis.from_url(running.stack.redis.url).flushall()),
    "cut": _at_once(lambda running: running.wire.cut()),
    "silent": _at_once(lambda running: running.wire.swallow()),
}


@contextmanager
def _standing_still(fault: Fault, running: FaultyStack) -> Iterator[None]:
    running.stack.send(signal.SIGSTOP, fault.victim)
    try:
        yield
    finally:
        running.stack.send(signal.SIGCONT, fault.victim)


@contextmanager
def _killed(fault: Fault, running: FaultyStack) -> Iterator[None]:
    """Kill the process alone, or with its children; at the end kill what is left and start the service again."""
    if fault.kind == "kill_service":
        running.stack.send(signal.SIGKILL, fault.victim)
    else:
        os.kill(running.stack.processes[fault.victim].pid, signal.SIGKILL)
    try:
        yield
    finally:
        running.stack.processes[fault.victim].wait()
        running.stack.restart_dead()


def _child_killed(fault: Fault, running: FaultyStack) -> AbstractContextManager[object]:
    return nullcontext(running.stack.kill_child(fault.victim))


_PROCESS: Mapping[str, Callable[[Fault, FaultyStack], AbstractContextManager[object]]] = {
    "stand_still": _standing_still,
    "kill_parent": _killed,
    "kill_service": _killed,
    "kill_child": _child_killed,
}
