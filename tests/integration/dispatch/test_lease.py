from __future__ import annotations

import threading
import time

import redis

from dispatch.connection import Connection, connect
from dispatch.lease import Lease
from tests.services.redis_server import RedisServer


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


def let_pass(seconds: int, shared_redis: RedisServer) -> None:
    """Take so much from what each key has left to live, as time does."""
    client = redis.Redis.from_url(shared_redis.url)
    for key in client.scan_iter("*lease:*"):
        left = client.ttl(key) - seconds
        assert client.expire(key, left) if left > 0 else client.delete(key)


def test_a_lease_that_is_not_renewed_is_free_again(connection: Connection, shared_redis: RedisServer) -> None:
    assert connection.leases.take("job", "step", token="first")
    let_pass(10, shared_redis)
    assert connection.leases.take("job", "step", token="second") is None
    let_pass(30, shared_redis)
    assert connection.leases.take("job", "step", token="second")


def test_redis_frees_a_lease_by_itself(shared_redis: RedisServer) -> None:
    leases = connect(redis_url=shared_redis.url, lease_ttl_s=0.1).leases
    assert leases.take("by itself", "step", token="first")
    time.sleep(0.2)
    assert leases.held("by itself", ["step"]) == set()


def test_a_renewed_lease_stays(connection: Connection, shared_redis: RedisServer) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    for _ in range(6):
        let_pass(10, shared_redis)
        assert connection.leases.take("job", "step", token="second") is None
        assert connection.leases.renew(lease)


def test_a_lease_that_another_took_is_lost_for_good(connection: Connection, shared_redis: RedisServer) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    let_pass(30, shared_redis)
    assert connection.leases.take("job", "step", token="second")
    assert not connection.leases.renew(lease)
    connection.leases.release(lease)
    assert connection.leases.held("job", ["step"]) == {"step"}


def test_a_lease_outlives_a_loss_of_all_data(connection: Connection, shared_redis: RedisServer) -> None:
    lease = connection.leases.take("job", "step", token="first")
    assert lease
    redis.Redis.from_url(shared_redis.url).flushall()
    assert connection.leases.renew(lease)
    assert connection.leases.take("job", "step", token="second") is None


def test_held_names_the_steps_that_somebody_works_on(connection: Connection) -> None:
    connection.leases.take("job", "b", token="t")
    assert connection.leases.held("job", ["a", "b", "c"]) == {"b"}
    assert connection.leases.held("job", []) == set()
    other = connect(redis_url="redis://127.0.0.1:1/0")
    assert other.leases.ttl_s == 30
