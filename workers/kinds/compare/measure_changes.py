"""Compares measures of maps, and confidences, image by image."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.results.comparison.document import MeasureChange
from jobs.results.measure import MAP_ERROR, MEASURES
from jobs.specs.explain_spec import ExplainSpec
from ml.evaluation.paired_mean import paired_mean
from workers.kinds.compare.two_sides import TwoSides
from workers.kinds.explain.measured import Numbers

CONFIDENCE = "confidence"
_COMPARED = (
    "focus",
    MAP_ERROR,
    *(name for name, each in MEASURES.items() if each.metric not in {None, "randomization"}),
)
_BY_PROTOCOL = frozenset({"deletion", "insertion"})


def measure_changes(sides: TwoSides, *, seed: int) -> tuple[MeasureChange, ...]:
    """Those that images of both jobs have; deletion and insertion only where one protocol measured both."""
    first, second = sides.first, sides.second
    found = [_change(CONFIDENCE, first.numbers(CONFIDENCE), second.numbers(CONFIDENCE), seed=seed)]
    for pair in sides.pairs:
        found += [
            _change(name, first.measure(pair[0], name), second.measure(pair[1], name), pair=pair, seed=seed)
            for name in _names(sides)
        ]
    return tuple(change for change in found if change is not None)


def same_protocol(sides: TwoSides) -> bool:
    """Whether deletion and insertion, if measured, replaced pixels in the same way."""
    specs = sides.first.results.job.spec, sides.second.results.job.spec
    return len({spec.faithfulness for spec in specs if isinstance(spec, ExplainSpec)}) <= 1


def _names(sides: TwoSides) -> Iterator[str]:
    comparable = same_protocol(sides)
    yield from (name for name in _COMPARED if comparable or MEASURES[name].metric not in _BY_PROTOCOL)


def _change(
    measure: str, first: Numbers, second: Numbers, *, seed: int, pair: tuple[str | None, str | None] = (None, None)
) -> MeasureChange | None:
    found = paired_mean(first, second, seed=seed)
    if found is None:
        return None
    return MeasureChange(
        first_method=pair[0],
        second_method=pair[1],
        measure=measure,
        first=found.first,
        second=found.second,
        difference=found.difference,
        interval_95=found.interval_95,
        images=found.images,
    )
