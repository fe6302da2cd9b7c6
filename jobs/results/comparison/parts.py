"""The parts of a comparison that show images, in the order of its pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from jobs.results.comparison.document import Comparison, ImageChange
from jobs.results.wording import number


@dataclass(frozen=True)
class Part:
    """One part; ``anchor`` is the id of its element."""

    anchor: str
    title: str
    note: str
    images: tuple[ImageChange, ...]


def shown_parts(found: Comparison) -> tuple[Part, ...]:
    """Those that have images."""
    return tuple(part for part in _parts(found) if part.images)


def _parts(found: Comparison) -> Iterator[Part]:
    counts = (found.accuracy.broken, found.accuracy.fixed) if found.accuracy else (0, 0)
    yield Part(
        anchor="broken",
        title="Broken: correct in the first, wrong in the second",
        note=f"{_of(found.broken, counts[0])}, the second's surest mistakes first.",
        images=found.broken,
    )
    yield Part(
        anchor="fixed",
        title="Fixed: wrong in the first, correct in the second",
        note=f"{_of(found.fixed, counts[1])}, the first's surest mistakes first.",
        images=found.fixed,
    )
    yield Part(
        anchor="least-alike",
        title="The least alike maps",
        note="Images whose maps have the lowest rank correlation, ρ; of several methods, the lowest counts.",
        images=found.least_alike,
    )


def _of(shown: tuple[ImageChange, ...], all_of_them: int) -> str:
    return "All" if len(shown) == all_of_them else f"{len(shown)} of {number(all_of_them)}"
