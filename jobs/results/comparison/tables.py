"""A comparison as tables of text, which the page of the job and ``comparison.html`` draw alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jobs.results.comparison.document import (
    AccuracyChange,
    ClassChange,
    Comparison,
    ConditionChange,
    Interval,
    MapAgreement,
    MeanOfImages,
    MeasureChange,
)
from jobs.results.measure import measure_title
from jobs.results.wording import number, p_value, percent, points

CLASSES_SHOWN = 40
_ACCURACIES = ("Images", "First", "Second", "Difference", "95 % interval", "Fixed", "Broken", "p")


@dataclass(frozen=True)
class Table:
    """One table: ``anchor`` is the id of its element, ``note`` says how to read it."""

    anchor: str
    title: str
    note: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def comparison_tables(found: Comparison, *, title_of: Callable[[str], str]) -> tuple[Table, ...]:
    """Those that have rows; ``title_of`` gives the title of a method of explanation."""
    tables = (
        _of_accuracy(found),
        _of_classes(found),
        _of_conditions(found),
        _of_maps(found, title_of),
        _of_measures(found, title_of),
    )
    return tuple(table for table in tables if table.rows)


def _of_accuracy(found: Comparison) -> Table:
    return Table(
        anchor="accuracy",
        title="Correct and wrong predictions",
        note="Fixed: correct in the second job alone; broken: correct in the first alone. The difference is second "
        "minus first, in percentage points, with its 95 % score interval for paired shares (Tango 1998); p is of "
        "McNemar's exact test.",
        header=_ACCURACIES,
        rows=(_accuracy(found.accuracy),) if found.accuracy else (),
    )


def _of_classes(found: Comparison) -> Table:
    return Table(
        anchor="classes",
        title="Class by class",
        note=f"By the true class, the greatest loss first. The last column is p after Holm's correction for "
        f"{len(found.classes)} classes: below 0.05, a class got better or worse beyond chance."
        + (f" The {CLASSES_SHOWN} that changed most are shown." if len(found.classes) > CLASSES_SHOWN else ""),
        header=("Class", *_ACCURACIES, "p, corrected"),
        rows=tuple(map(_class, _most_changed(found.classes))),
    )


def _of_conditions(found: Comparison) -> Table:
    return Table(
        anchor="conditions",
        title="Under corruption",
        note="The conditions that both evaluations have; the same numbers as above, of the corrupted images.",
        header=("Corruption", "Severity", *_ACCURACIES),
        rows=tuple(map(_condition, found.conditions)),
    )


def _of_maps(found: Comparison, title_of: Callable[[str], str]) -> Table:
    return Table(
        anchor="maps",
        title="How alike the maps are",
        note="Means over images with 95 % intervals by Student's t: Spearman's rank correlation over the pixels, and "
        "the share of the strongest tenth of the pixels that both maps name (0.1 is chance). A finer map is averaged "
        "to the resolution of the coarser one.",
        header=("First", "Second", "ρ", "Median", "Overlap", "ρ, same class", "Images", "Left out"),
        rows=tuple(_map(each, title_of) for each in found.maps),
    )


def _of_measures(found: Comparison, title_of: Callable[[str], str]) -> Table:
    return Table(
        anchor="measures",
        title="Measures of both",
        note="Over the images that have the number in both jobs; the interval of the difference is by the bootstrap "
        "over images.",
        header=("Measure", "Method", "First", "Second", "Difference", "95 % interval", "Images"),
        rows=tuple(_measure(each, title_of) for each in found.measures),
    )


def _accuracy(change: AccuracyChange) -> tuple[str, ...]:
    return (
        number(change.images),
        percent(change.first_accuracy),
        percent(change.second_accuracy),
        points(change.difference),
        f"{points(change.interval_95[0])} to {points(change.interval_95[1])}",
        number(change.fixed),
        number(change.broken),
        p_value(change.p_value).removeprefix("= "),
    )


def _class(change: ClassChange) -> tuple[str, ...]:
    name = change.name or str(change.label)
    return (name, *_accuracy(change), p_value(change.p_corrected).removeprefix("= "))


def _condition(change: ConditionChange) -> tuple[str, ...]:
    return (change.corruption, str(change.severity), *_accuracy(change))


def _map(found: MapAgreement, title_of: Callable[[str], str]) -> tuple[str, ...]:
    counts = {"constant": found.constant, "without a raw map": found.missing}
    return (
        title_of(found.first_method),
        title_of(found.second_method),
        _mean(found.correlation),
        number(found.correlation.median if found.correlation else None),
        _mean(found.overlap),
        _mean(found.correlation_same_class),
        number(found.correlation.images if found.correlation else 0),
        ", ".join(f"{number(count)} {why}" for why, count in counts.items() if count) or "–",
    )


def _measure(change: MeasureChange, title_of: Callable[[str], str]) -> tuple[str, ...]:
    methods = dict.fromkeys(method for method in (change.first_method, change.second_method) if method)
    return (
        measure_title(change.measure),
        " / ".join(map(title_of, methods)) or "–",
        number(change.first),
        number(change.second),
        _signed(change.difference),
        _signed_interval(change.interval_95),
        number(change.images),
    )


def _most_changed(changes: Sequence[ClassChange]) -> list[ClassChange]:
    """In their order, those that gained or lost most where there are too many."""
    if len(changes) <= CLASSES_SHOWN:
        return list(changes)
    half = CLASSES_SHOWN // 2
    return [*changes[:half], *changes[-half:]]


def _mean(found: MeanOfImages | None) -> str:
    if found is None:
        return "–"
    low_high = f" [{number(found.interval_95[0])} to {number(found.interval_95[1])}]" if found.interval_95 else ""
    return number(found.mean) + low_high


def _signed(value: float) -> str:
    return f"{value:+.3g}"


def _signed_interval(interval: Interval | None) -> str:
    return "–" if interval is None else f"{_signed(interval[0])} to {_signed(interval[1])}"
