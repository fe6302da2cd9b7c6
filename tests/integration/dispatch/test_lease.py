from __future__ import annotations

import threading
import time

import pytest
import redis

from dispatch.connection import Connection, connect
from dispatch.lease import Lease
from tests.services.redis_server import RedisServer


@pytest.mark.parametrize("lease_ttl_s", [30])
def test_only_one_of_many_gets_the_lease(connection: Connection) -> None:
    won: list[Lease] = []

    def race(number: int) -> None:
        lease = connection.leases.take("job", "step", token=f"attempt-{number}")
        if lease:
            won.append(lease)

    threads = [threading.Thread(target=race, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_lease_that_is_not_renewed_is_free_again(connection: Connection) -> None:
    assert connection.leases.take("job", "step", token="first")
    assert connection.leases.take("job", "step", token="second") is None
    time.sleep(0.7)
    assert connection.leases.take("job", "step", token="second")


def test_a_renewed_lease_stays(connection: Connection) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    for _ in range(6):
        time.sleep(0.1)
        assert connection.leases.renew(lease)
    assert connection.leases.take("job", "step", token="second") is None


def test_a_lease_that_another_took_is_lost_for_good(connection: Connection) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    time.sleep(0.7)
    assert connection.leases.take("job", "step", token="second")
    assert not connection.leases.renew(lease)
    connection.leases.release(lease)
    assert connection.leases.held("job", ["step"]) == {"step"}


@pytest.mark.parametrize("lease_ttl_s", [30])
def test_a_lease_outlives_a_loss_of_all_data(connection: Connection, shared_redis: RedisServer) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    redis.Redis.from_url(shared_redis.url).flushall()
    assert connection.leases.renew(lease)
    assert connection.leases.take("job", "step", token="second") is None


@pytest.mark.parametrize("lease_ttl_s", [30])
def test_held_names_the_steps_that_somebody_works_on(connection: Connection) -> None:
    connection.leases.take("job", "b", token="t")
    assert connection.leases.held("job", ["a", "b", "c"]) == {"b"}
    assert connection.leases.held("job", []) == set()
    other = connect(redis_url="redis://127.0.0.1:1/0")
    assert other.leases.ttl_s == 30
