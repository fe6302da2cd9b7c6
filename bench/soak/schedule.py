"""Which faults befall a stack, and when: the same for the same seed."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

QUIET_S = (5.0, 15.0)
"""Shortest and longest pause between the end of a fault and the beginning of the next one."""
WORKERS = ("worker", "worker-2")
PROCESS_FAULTS = frozenset({"kill_child", "kill_parent", "kill_service", "stand_still"})
"""Faults that hit the steps of one process; the others hit all steps that are under way."""


@dataclass(frozen=True)
class FaultKind:
    """How long a fault may last, and to whom it may happen.

    Attributes:
        lasts_s: shortest and longest; of a process that is killed, until it is started again.
        victims: services, one of which is drawn; empty where it happens to Redis or to the store.
    """

    lasts_s: tuple[float, float]
    victims: tuple[str, ...] = ()


KINDS: Mapping[str, FaultKind] = MappingProxyType(
    {
        "kill_child": FaultKind((0, 0), (*WORKERS, "light", "finalize")),
        "kill_parent": FaultKind((1, 5), (*WORKERS, "light", "finalize")),
        "kill_service": FaultKind((1, 5), (*WORKERS, "light", "finalize", "beat", "api")),
        "stand_still": FaultKind((5, 45), (*WORKERS, "light", "finalize")),
        "redis_restart": FaultKind((1, 10)),
        "redis_forgets": FaultKind((0, 0)),
        "redis_MISCONF": FaultKind((2, 10)),
        "redis_OOM": FaultKind((2, 10)),
        "redis_NOREPLICAS": FaultKind((2, 10)),
        "redis_cut": FaultKind((0, 0)),
        "redis_slow": FaultKind((3, 10)),
        "redis_silent": FaultKind((0, 0)),
        "redis_unplugged": FaultKind((2, 10)),
        "s3_errs": FaultKind((5, 15)),
        "s3_delays": FaultKind((5, 15)),
        "s3_loses": FaultKind((5, 15)),
        "s3_breaks_off": FaultKind((5, 15)),
        "s3_flips_answer": FaultKind((5, 15)),
        "s3_flips_request": FaultKind((5, 15)),
    }
)


@dataclass(frozen=True)
class Fault:
    """One of them; times in seconds, ``starts_s`` since the beginning."""

    starts_s: float
    kind: str
    lasts_s: float
    victim: str = ""

    @property
    def of_a_process(self) -> bool:
        """Whether only what one process works on is hit."""
        return self.kind in PROCESS_FAULTS


def schedule(seed: int, *, lasts_s: float) -> tuple[Fault, ...]:
    """Faults for so many seconds: every kind once in drawn order, then every kind again in another order."""
    drawn, found = random.Random(seed), list[Fault]()  # noqa: S311
    names, now = list[str](), drawn.uniform(*QUIET_S)
    while True:
        if not names:
            names = sorted(KINDS)
            drawn.shuffle(names)
        fault = _fault(names.pop(), drawn, starts_s=now)
        if fault.starts_s + fault.lasts_s > lasts_s:
            return tuple(found)
        found.append(fault)
        now += fault.lasts_s + drawn.uniform(*QUIET_S)


def _fault(name: str, drawn: random.Random, *, starts_s: float) -> Fault:
    kind = KINDS[name]
    lasts_s = round(drawn.uniform(*kind.lasts_s), 2)
    return Fault(round(starts_s, 2), name, lasts_s, drawn.choice(kind.victims) if kind.victims else "")
