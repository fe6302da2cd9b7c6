"""``make soak``: runs jobs on a real stack under seeded faults, checks what is promised of them, and prints JSON last.

All processes are real: Redis, an S3 server (moto), the API, beat and workers. Only the work is made up: an image takes
50 to 400 ms, and nothing is computed. The same seed gives the same faults in the same order and of the same length.
Exits with 1 if a promise was broken, or if no job was taken in.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench.soak.customers import Customers
from bench.soak.injection import LOOK_EVERY_S, inject
from bench.soak.recovery import Recovery, figures
from bench.soak.schedule import Fault, schedule
from tests.faults.onlooker import Onlooker
from tests.faults.promises import Violation
from tests.services.light_stack import FaultyStack, faulty_stack

FOLDER = Path("var/soak")
LEASES_AT_MOST = 2.0
CANCELLED_WITHIN_S, STUCK_AFTER_S = 180.0, 300.0
SHOWN = 20


@dataclass
class Soak:
    """A stack under faults.

    Attributes:
        ended: by service, how often it ended though nothing had been done to it.
    """

    running: FaultyStack
    onlooker: Onlooker
    recovery: Recovery
    ended: Counter[str]

    def suffer(self, faults: tuple[Fault, ...], *, lasts_s: float) -> None:
        """Cause each fault at its time."""
        began = time.monotonic()
        for number, fault in enumerate(faults):
            self._rest(began + fault.starts_s - time.monotonic())
            _say(f"{fault.starts_s:6.1f} s  {fault.kind} {fault.victim} ({number + 1} of {len(faults)})")
            hit, happened = self.recovery.under_way(fault), time.monotonic()
            inject(fault, self.running)
            self.recovery.note(fault, hit, began=happened)
        self._rest(began + lasts_s - time.monotonic())

    def settle(self) -> list[Violation]:
        """Wait until all jobs are over, or nothing happens any more; which promises were broken."""
        began = time.monotonic()
        while self.onlooker.unfinished():
            latest = max([began, *list(self.onlooker.committed.values())])
            if time.monotonic() - latest > STUCK_AFTER_S:
                break
            self._rest(1)
        self.onlooker.wait(limit_s=1)
        self.recovery.settle()
        return self.onlooker.violations()

    def _rest(self, seconds: float) -> None:
        """Wait, and start again what ended."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.ended.update(self.running.stack.restart_dead())
            self.recovery.settle()
            time.sleep(LOOK_EVERY_S)


def soak(*, minutes: float, seed: int, lease_s: float, folder: Path) -> dict[str, object]:
    """All figures of one soak.

    Args:
        minutes: for which jobs and faults come; then all jobs are waited for.
        seed: of the faults and of the jobs.
        lease_s: after which a step goes to another worker.
        folder: for logs; emptied first.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    faults = schedule(seed, lasts_s=60 * minutes)
    settings = {"FLORESCOPE_LEASE_TTL_S": str(lease_s), "FLORESCOPE_RECONCILE_EVERY_S": "2"}
    with ExitStack() as stays:
        running = stays.enter_context(faulty_stack(folder, seed=seed, settings=settings))
        onlooker = stays.enter_context(
            Onlooker(running.stack.url, running.store, cancelled_within_s=CANCELLED_WITHIN_S)
        )
        recovery = Recovery(onlooker.committed, running.stack.redis.url, folder)
        told = Soak(running, onlooker, recovery, Counter())
        with Customers(onlooker, seed=seed) as customers:
            told.suffer(faults, lasts_s=60 * minutes)
        recovery.forget(customers.cancelled)
        broken = told.settle()
        accepted = onlooker.accepted.values()
        return {
            "violations": len(broken),
            **figures(recovery.samples, lease_s=lease_s),
            "jobs": len(accepted),
            "images": sum(len(job.images) for job in accepted),
            "cancelled": len(customers.cancelled),
            "faults": len(faults),
            "faults_by_kind": dict(sorted(Counter(fault.kind for fault in faults).items())),
            "store_faults": dict(running.s3.happened),
            "ended_by_themselves": dict(told.ended),
            "broken": [f"{each.promise} {each.about}: {each.what}" for each in broken[:SHOWN]],
            "seed": seed,
            "minutes": minutes,
            "lease_s": lease_s,
            "cores": len(os.sched_getaffinity(0)),
        }


def main() -> None:
    """Soak and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--lease-s", type=float, default=30)
    parser.add_argument("--folder", type=Path, default=FOLDER, help="for logs; it is emptied first")
    asked = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background, where shells ignore it
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    found = soak(minutes=asked.minutes, seed=asked.seed, lease_s=asked.lease_s, folder=asked.folder.absolute())
    print(json.dumps(found))
    recovered = found["recovery_leases_p95"]
    slow = isinstance(recovered, float) and recovered > LEASES_AT_MOST
    sys.exit(1 if found["violations"] or slow or not found["jobs"] else 0)


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
