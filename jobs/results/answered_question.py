"""Groups the maps of an image by what they answer, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from jobs.results.record import MethodRecord
from jobs.specs.scores import question


@dataclass(frozen=True)
class AnsweredQuestion:
    """A question, for example "why tiger lily rather than the other classes", and the maps that answer it."""

    question: str
    methods: tuple[MethodRecord, ...]


def answered_questions(
    methods: Iterable[MethodRecord], class_names: Sequence[str], *, target: int | None
) -> tuple[AnsweredQuestion, ...]:
    """The maps of one image by their question, in order.

    Args:
        methods: the maps.
        class_names: of the model, by label.
        target: the class that the image is explained for; maps that 0.1.0 made do not name one.
    """
    groups: dict[str, list[MethodRecord]] = {}
    for method in methods:
        groups.setdefault(_question(method, class_names, target), []).append(method)
    return tuple(AnsweredQuestion(question, tuple(group)) for question, group in groups.items())


def _question(method: MethodRecord, class_names: Sequence[str], target: int | None) -> str:
    explained = target if method.target is None else method.target
    foil = "" if method.foil is None else _name(method.foil, class_names)
    return question(method.score, target=_name(explained, class_names), foil=foil)


def _name(label: int | None, class_names: Sequence[str]) -> str:
    if label is None:
        return "the class"
    return class_names[label] if label < len(class_names) else f"class {label}"
