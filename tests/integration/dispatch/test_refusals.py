"""A Redis that answers, but refuses: every part of the board calls it an outage."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dispatch.connection import Connection
from dispatch.lease import Lease
from jobs.errors import BoardUnavailable
from jobs.job import Snapshot
from tests.services.redis_server import RedisServer
from tests.services.refusals import REFUSALS, refusing

WRITES: dict[str, Callable[[Connection], object]] = {
    "ping": lambda here: here.board.ping(),
    "lease": lambda here: here.leases.take("job", "step", token="token"),
    "script": lambda here: here.leases.renew(Lease("job", "step", "token")),
    "snapshot": lambda here: here.board.progress.publish(Snapshot(job_id="job")),
    "count": lambda here: here.board.counters.count_failure("job", "step"),
    "worker": lambda here: here.board.workers.announce("me"),
    "message": lambda here: here.queue.enqueue("job", "plan"),
}


@pytest.mark.parametrize("refusal", REFUSALS)
def test_a_refused_write_is_an_outage_and_passes(
    connection: Connection, shared_redis: RedisServer, refusal: str
) -> None:
    for write in WRITES.values():
        write(connection)  # so that each of them has its connection and its script
    with refusing(shared_redis, refusal):
        for name, write in WRITES.items():
            with pytest.raises(BoardUnavailable) as outage:
                pytest.fail(f"{name} was taken: {write(connection)}")
            assert "secret" not in str(outage.value)
    for write in WRITES.values():
        write(connection)
