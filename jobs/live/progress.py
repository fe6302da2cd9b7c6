"""Defines the progress of a job: units done, rate and ETA."""

from __future__ import annotations

from pydantic import Field

from jobs.value import Value


class Progress(Value):
    """Work done so far.

    Attributes:
        done: finished units, failed ones included; a part of an epoch counts as a fraction.
        total: units in all, or None while that is not known.
        failed: units that ended as an error record.
        unit: ``images``, ``epochs`` or ``trials``.
        rate_per_s: recent units per second, or None.
        eta_s: remaining seconds at that rate, or None.
        message: what is happening now, for a person.
        stage: of the work, such as ``loading`` or ``training``; empty where the work has no stages.
    """

    done: float = Field(default=0, ge=0)
    total: float | None = None
    failed: int = Field(default=0, ge=0)
    unit: str = "images"
    rate_per_s: float | None = None
    eta_s: float | None = None
    message: str = ""
    stage: str = ""

    @property
    def fraction(self) -> float:
        """Done over total, between 0 and 1; 0 while the total is not known."""
        return min(self.done / self.total, 1.0) if self.total else 0.0


def remaining_s(progress: Progress) -> float | None:
    """Remaining seconds at the current rate, or None where it is not known."""
    if progress.total is None or not progress.rate_per_s:
        return None
    return round(max(progress.total - progress.done, 0.0) / progress.rate_per_s, 1)


# Seconds over which the rate is smoothed: long enough to be stable, short enough to follow a change.
_RATE_MEMORY_S = 20.0
# Significant digits, so that the rate of an epoch of several hours is as exact as that of many images a second.
_RATE_DIGITS = 4


def with_rate(before: Progress, after: Progress, *, elapsed_s: float) -> Progress:
    """``after``, with a smoothed rate and an ETA computed from the progress in ``elapsed_s`` seconds."""
    gained = after.done - before.done
    if elapsed_s <= 0 or gained < 0:
        return after
    present = gained / elapsed_s
    weight = min(1.0, elapsed_s / _RATE_MEMORY_S) if before.rate_per_s is not None else 1.0
    rate = present * weight + (before.rate_per_s or 0.0) * (1 - weight)
    timed = after.model_copy(update={"rate_per_s": rounded_rate(rate) if rate else None})
    return timed.model_copy(update={"eta_s": remaining_s(timed)})


def rounded_rate(rate: float) -> float:
    """A rate in four significant digits."""
    return float(f"{rate:.{_RATE_DIGITS}g}")
