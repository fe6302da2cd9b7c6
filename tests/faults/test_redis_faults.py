"""A Redis that is cut off, slow, silent, refuses, forgets and restarts, under a whole stack at work."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import redis

from tests.faults.onlooker import Onlooker, assert_kept
from tests.services.light_stack import FaultyStack
from tests.services.refusals import refusing

pytestmark = pytest.mark.kill
FAULT_S = 2.0


def cut(faulty: FaultyStack) -> None:
    for _ in range(4):
        assert faulty.wire.cut() > 0
        time.sleep(FAULT_S / 4)


def unplugged(faulty: FaultyStack) -> None:
    faulty.wire.unplugged = True
    faulty.wire.cut()
    time.sleep(FAULT_S)
    faulty.wire.heal()


def slow(faulty: FaultyStack) -> None:
    faulty.wire.delay_s = 0.5
    time.sleep(FAULT_S)
    faulty.wire.heal()


def silent(faulty: FaultyStack) -> None:
    assert faulty.wire.swallow() > 0


def forgetful(faulty: FaultyStack) -> None:
    for _ in range(2):
        redis.Redis.from_url(faulty.stack.redis.url).flushall()
        time.sleep(FAULT_S / 2)


def restarted(faulty: FaultyStack) -> None:
    faulty.stack.redis.stop()
    time.sleep(FAULT_S)
    faulty.stack.redis.start()


def refusal(name: str) -> Callable[[FaultyStack], None]:
    def refuse(faulty: FaultyStack) -> None:
        with refusing(faulty.stack.redis, name):
            time.sleep(FAULT_S)

    return refuse


FAULTS: dict[str, Callable[[FaultyStack], None]] = {
    "cut": cut,
    "unplugged": unplugged,
    "slow": slow,
    "forgetful": forgetful,
    "restarted": restarted,
    **{name: refusal(name) for name in ("MISCONF", "OOM", "NOREPLICAS")},
    "silent": silent,
}


@pytest.mark.usefixtures("beside_the_soak")
def test_jobs_succeed_whatever_redis_does(faulty: FaultyStack, onlooker: Onlooker) -> None:
    for happen in FAULTS.values():
        onlooker.submit(16, image_ms=100)
        time.sleep(1)
        happen(faulty)
    assert_kept(onlooker)
