"""Computes the rungs of successive halving: all trials train briefly, the best longer (Jamieson & Talwalkar 2016)."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from jobs.value import Value


class Halving(Value):
    """Successive halving (Jamieson & Talwalkar 2016, section 3): which share of the trials trains longer.

    Attributes:
        factor: one in ``factor`` trials is promoted to the next rung, where it trains ``factor`` times longer.
        min_epochs: length of the first rung; the last one has the epochs of the sweep's base. Fine-tuning is
            shortened in proportion, to one epoch at least.
    """

    factor: int = Field(default=3, ge=2, le=100)
    min_epochs: int = Field(default=1, ge=1, le=1000)


@dataclass(frozen=True)
class Rung:
    """How many trials train for how many epochs; None: as many as each trial's own specification says."""

    trials: int
    epochs: int | None


def rungs(trials: int, *, epochs: int, halving: Halving | None) -> tuple[Rung, ...]:
    """The rungs of a sweep, from the one with most trials to the one with most epochs."""
    if halving is None:
        return (Rung(trials, None),)
    found = []
    length = halving.min_epochs
    while trials > 1 and length < epochs:
        found.append(Rung(trials, length))
        trials = max(1, trials // halving.factor)
        length *= halving.factor
    return (*found, Rung(trials, epochs))
