"""The parts of a comparison that show images, in the order of its pages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Part:
    """One part: ``field`` of ``Comparison`` holds its images, ``anchor`` is the id of its element."""

    field: str
    anchor: str
    title: str
    note: str


PARTS = (
    Part(
        "broken",
        "broken",
        "Broken: right in the first, wrong in the second",
        "The second's surest mistakes first.",
    ),
    Part(
        "fixed",
        "fixed",
        "Fixed: wrong in the first, right in the second",
        "The first's surest mistakes first.",
    ),
    Part(
        "least_alike",
        "least-alike",
        "The least alike maps",
        "Images whose maps have the lowest rank correlation, ρ.",
    ),
)
