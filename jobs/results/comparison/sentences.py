"""What a comparison comes to, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from jobs.results.sentence import Sentence
from jobs.results.wording import number, p_value, percent, points
from jobs.specs.explanation_methods import METHODS

_NAMED = 3


def comparison_sentences(summary: Mapping[str, Any]) -> Iterator[Sentence]:
    """Difference of accuracy, what was mended and broken, classes, maps, and what was left out."""
    if summary.get("difference") is not None:
        yield _difference(summary)
        yield Sentence(
            text=f"The second mends {number(summary['fixed'])} images and breaks {number(summary['broken'])}.",
            evidence="broken" if summary["broken"] else "accuracy",
        )
        yield from _classes(summary.get("classes_worse") or (), "worse")
        yield from _classes(summary.get("classes_better") or (), "better")
    yield from _maps(summary.get("map_correlation") or {})
    if summary.get("left_out"):
        yield Sentence(text=f"Not compared: {summary['left_out'][0]}", evidence="left-out", tone="warn")


def _difference(summary: Mapping[str, Any]) -> Sentence:
    low, high = summary["interval_95"]
    text = (
        f"The second job predicts {percent(summary['second_accuracy'])} of {number(summary['judged'])} images "
        f"correctly, the first {percent(summary['first_accuracy'])}: {points(summary['difference'])} points "
        f"(95 % interval {points(low)} to {points(high)}), p {p_value(summary['p_value'])} by McNemar's exact test"
    )
    if low > 0 or high < 0:
        return Sentence(text=f"{text}.", evidence="accuracy", tone="good" if low > 0 else "bad")
    return Sentence(text=f"{text}: no more than chance would make.", evidence="accuracy")


def _classes(names: Sequence[str], how: str) -> Iterator[Sentence]:
    if names:
        named = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        count = "1 class is" if len(names) == 1 else f"{len(names)} classes are"
        yield Sentence(
            text=f"{count} predicted {how} beyond chance: {named}.",
            evidence="classes",
            tone="bad" if how == "worse" else "good",
        )


def _maps(correlations: Mapping[str, Mapping[str, Any]]) -> Iterator[Sentence]:
    if correlations:
        told = ", ".join(f"{_titles(pair)} {number(found['mean'])}" for pair, found in correlations.items())
        images = max(int(found["images"]) for found in correlations.values())
        text = f"Maps of {number(images)} images have a mean rank correlation of {told}."
        yield Sentence(text=text, evidence="maps")


def _titles(pair: str) -> str:
    """A method, or two with a slash between them, as people call them."""
    return " / ".join(METHODS[name].title if name in METHODS else name for name in pair.split("/"))
