"""Lives of one job, each of which dies at another write: ``python -m tests.faults.crash_points REDIS_URL FOLDER``.

Every life is a process of its own, forked from this one, which opens no connection itself. The first life dies at the
write with its number, before it or after it; the second one submits the job again under the same key, as a client does
that heard nothing, and works until the job is over. Prints, as one JSON object, how many writes a whole life has, and
which promises were broken after which deaths.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

import redis
from redis.connection import AbstractConnection

from dispatch import rounds
from dispatch.connection import connect
from dispatch.submission import submit
from jobs.specs.spec import spec_adapter
from store.local import LocalStore
from tests.faults.plain_worker import PlainWorker
from tests.faults.promises import Accepted, violations
from tests.services.light_explanations import image_ids, light_spec, publish_light_model, work_lightly
from tests.services.worker_services import services_on
from workers.lifecycle import reconcile

IMAGES, SHARD_SIZE, LEASE_S = 2, 1, 0.3
DIED, WRITES = 9, ("put", "put_file", "delete")
OF_REDIS_EVERY = 9
"""The process is ended at each ninth of the hundred or so commands that a job sends to Redis."""
AT_ONCE = 4
Point = tuple[str, int, bool]
"""What is written to, the number of the write, and whether the process ends after it rather than before."""
LOADED_LATE = (
    "celery.backends.base",
    "kombu.transport.redis",
    "workers.tables.index_files",
    "workers.kinds.explain.results_table",
    "celery.worker.request",
    "pandas",
    "pyarrow.dataset",
)


@dataclass
class Death:
    """Counts calls, and ends the process at the call with the number ``at``, before or ``after`` it; 0: at none."""

    at: int = 0
    after: bool = False
    passed: int = 0

    def around(self, action: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Do one call that is counted."""
        self.passed += 1
        fatal = self.passed == self.at
        if fatal and not self.after:
            os._exit(DIED)
        result = action(*args, **options)
        if fatal:
            os._exit(DIED)
        return result


class MortalStore(LocalStore):
    """A store whose process ends at one of its writes."""

    def __init__(self, root: Path, death: Death) -> None:
        super().__init__(root)
        self._death = death

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name not in WRITES:
            return found
        return lambda *args, **options: self._death.around(found, *args, **options)


def live(url: str, folder: Path, *, of_store: Death, of_redis: Death) -> str:
    """Submit the job and work until it is over; its id."""
    honest = AbstractConnection.send_packed_command

    def send(connection: AbstractConnection, *args: Any, **options: Any) -> Any:
        return of_redis.around(honest, connection, *args, **options)

    AbstractConnection.send_packed_command = send  # type: ignore[assignment, method-assign]
    services = services_on(connect(redis_url=url, lease_ttl_s=LEASE_S), MortalStore(folder, of_store))
    spec = spec_adapter.validate_python(light_spec(IMAGES, shard_size=SHARD_SIZE))
    job = submit(spec, store=services.store, board=services.board, queue=services.queue, idempotency_key="one").job
    PlainWorker(services, redis.Redis.from_url(url)).work(job.id)
    return job.id


def lives(url: str, folder: Path, *, of_store: Death, of_redis: Death) -> tuple[bool, list[str], dict[str, int]]:
    """Whether the first life died, what is wrong after the second, and the writes of the second."""
    redis.Redis.from_url(url).flushdb()
    shutil.rmtree(folder, ignore_errors=True)
    publish_light_model(LocalStore(folder))
    died = _forked(lambda: live(url, folder, of_store=of_store, of_redis=of_redis)) == DIED
    told = folder.with_suffix(".json")

    def second() -> None:
        writes, sent = Death(), Death()
        job_id = live(url, folder, of_store=writes, of_redis=sent)
        found = violations({job_id: Accepted(image_ids(IMAGES))}, LocalStore(folder))
        jobs = len(list((folder / "jobs").iterdir()))
        broken = [f"{each.promise}: {each.what}" for each in found] + ["P1: two jobs"] * (jobs != 1)
        told.write_text(json.dumps([broken, {"store": writes.passed, "redis": sent.passed}]))

    if _forked(second) != 0:
        return died, ["P2: the second life did not end the job"], {}
    broken, passed = json.loads(told.read_text())
    return died, broken, passed


def _forked(action: Callable[[], object]) -> int:
    """Fork a child that does this; returns its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            action()
            code = 0
        except BaseException as error:  # noqa: BLE001
            sys.stderr.write(f"{type(error).__name__}: {error}\n")
        os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def died_at(url: str, folder: Path, points: Sequence[Point]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """How many lives died by what they wrote to, and what was broken after which death."""
    deaths, broken = {"store": 0, "redis": 0}, {}
    for kind, number, after in points:
        fatal = {"store": Death(), "redis": Death(), kind: Death(at=number, after=after)}
        died, found, _ = lives(url, folder, of_store=fatal["store"], of_redis=fatal["redis"])
        deaths[kind] += died
        if found:
            broken[f"{kind} {number} {'after' if after else 'before'}"] = found
    return deaths, broken


def side_by_side(url: str, folder: Path, points: Sequence[Point]) -> tuple[dict[str, int], dict[str, list[str]]]:
    """As ``died_at``, in several processes: a life mostly waits for leases."""
    children, told = [], [folder / f"{number}.json" for number in range(AT_ONCE)]
    for number, file in enumerate(told):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                own = died_at(f"{url.rpartition('/')[0]}/{number}", folder / f"store{number}", points[number::AT_ONCE])
                file.write_text(json.dumps(own))
                code = 0
            finally:
                os._exit(code)
        children.append(child)
    codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    if any(codes):
        raise RuntimeError(f"processes that let others die ended with {codes}")
    deaths, broken = Counter[str](), dict[str, list[str]]()
    for file in told:
        counted, found = json.loads(file.read_text())
        deaths.update(counted)
        broken |= found
    return deaths, broken


def main() -> None:
    """Die at every write of the store, before it and after it, and at some of Redis."""
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("folder", type=Path)
    arguments = parser.parse_args()
    work_lightly()
    for name in LOADED_LATE:  # once, rather than in every life
        import_module(name)
    reconcile.GRACE_S = 0
    rounds.LEADS_FOR_S = LEASE_S
    url, folder = arguments.url, arguments.folder
    _, _, whole = lives(url, folder / "store0", of_store=Death(at=1), of_redis=Death())  # dies before it begins
    points: list[Point] = [
        ("store", number, after) for number in range(1, whole["store"] + 1) for after in (False, True)
    ]
    points += [("redis", number, True) for number in range(1, whole["redis"] + 1, OF_REDIS_EVERY)]
    deaths, broken = side_by_side(url, folder, points)
    sys.stdout.write(json.dumps({"whole": whole, "deaths": deaths, "broken": broken}) + "\n")


if __name__ == "__main__":
    main()
