"""How soon the steps that a fault hit are committed after it, in units of the lease.

A fault of a process hits the steps that it was working on, and counts from its beginning: nobody is told of a death. A
fault of Redis or of the store hits all steps that are under way, and counts from its end. A step that is hit again
before it is committed counts from the later fault.
"""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import redis

from bench.soak.schedule import Fault
from tests.services.steps_under_way import Step, committed_by, leased, steps_of


@dataclass(frozen=True)
class Hit:
    """A step that was under way when a fault began; ``since`` (monotonic seconds) is what its recovery counts from."""

    kind: str
    since: float


class Recovery:
    """Keeps the steps that were hit, and looks when they were committed."""

    def __init__(self, committed: Mapping[str, float], redis_url: str, folder: Path) -> None:
        self._committed = committed
        self._client = redis.Redis.from_url(redis_url, decode_responses=True)
        self._folder = folder
        self._hits: dict[Step, Hit] = {}
        self.samples: list[tuple[str, float]] = []

    def under_way(self, fault: Fault) -> set[Step]:
        """The steps that a fault that begins now hits."""
        held = leased(self._client)
        if fault.of_a_process:
            return held & steps_of(self._folder / f"{fault.victim}.log")
        self.settle()
        return held | set(self._hits)

    def note(self, fault: Fault, hit: set[Step], *, began: float) -> None:
        """The fault is over, and hit these steps; one that was committed before its time counts was not held up."""
        since = began if fault.of_a_process else time.monotonic()
        self.settle()
        for step in hit:
            if self._committed.get(committed_by(step), since) >= since:
                self._hits[step] = Hit(fault.kind, since)

    def settle(self) -> None:
        """Take a sample of every hit step that is committed by now."""
        for step, hit in list(self._hits.items()):
            when = self._committed.get(committed_by(step))
            if when is not None:
                self.samples.append((hit.kind, max(0.0, when - hit.since)))
                del self._hits[step]

    def forget(self, job_ids: Sequence[str]) -> None:
        """These jobs were cancelled: their steps are not to be committed."""
        for step in [step for step in self._hits if step[0] in job_ids]:
            del self._hits[step]


def figures(samples: Sequence[tuple[str, float]], *, lease_s: float) -> dict[str, object]:
    """The 95th percentile in leases, how many steps it is of, and the longest after each kind of fault."""
    leases = sorted(seconds / lease_s for _, seconds in samples)
    by_kind: dict[str, list[float]] = {}
    for kind, seconds in samples:
        by_kind.setdefault(kind, []).append(seconds / lease_s)
    return {
        "recovery_leases_p95": round(percentile(leases, 95), 3) if leases else None,
        "recovery_leases_max": round(leases[-1], 3) if leases else None,
        "recoveries": len(leases),
        "recovery_by_fault": {
            kind: {"n": len(found), "max": round(max(found), 3)} for kind, found in sorted(by_kind.items())
        },
    }


def percentile(ordered: Sequence[float], percent: float) -> float:
    """The smallest of the values that so many percent do not exceed."""
    return ordered[math.ceil(percent / 100 * len(ordered)) - 1]
