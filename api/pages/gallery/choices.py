"""What a gallery offers to choose from: each value of a facet with its count, as a link that turns it on or off."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.pages.gallery.gallery_view import GalleryAddress
from api.readers.images.facets import CONFIDENCE_BINS, Facets
from jobs.results.images.image_filter import CONFIDENCE, ValueRange
from jobs.results.record import Outcome
from jobs.results.wording import words

MOST_CLASSES = 200
"""Links of a facet: of more classes, those with the most images; others are found by their names."""
OUTCOMES = {
    Outcome.CORRECT: "correct",
    Outcome.WRONG: "wrong",
    Outcome.EXPLAINED: "without a label",
    Outcome.ERROR: "failed",
}


@dataclass(frozen=True)
class Choice:
    """A value; ``url`` leads to the list with it, or without it where it is chosen."""

    text: str
    count: int
    url: str
    chosen: bool


@dataclass(frozen=True)
class FacetChoices:
    """The values of a facet.

    Attributes:
        all_url: the list without any; None where none is chosen.
        left_out: values that are not among the choices.
    """

    title: str
    choices: tuple[Choice, ...]
    all_url: str | None = None
    left_out: int = 0

    @property
    def many(self) -> bool:
        """Whether they are too many to be shown at once."""
        return len(self.choices) > CONFIDENCE_BINS


def facet_choices(found: Facets, address: GalleryAddress, class_names: Sequence[str]) -> list[FacetChoices]:
    """All facets that there is something to choose in."""
    asked = address.filter
    facets = [
        _toggled(
            "Outcome", "outcome", {Outcome(name): count for name, count in found.outcome.items()}, address, _named
        ),
        _confidence(found, address),
        _classes("True class", "label", found.label, address, class_names),
        _classes("Predicted class", "prediction", found.prediction, address, class_names),
    ]
    if found.flag or asked.flag:
        facets.append(_toggled("Flags", "flag", found.flag or {}, address, words))
    if found.cluster or asked.cluster:
        facets.append(_toggled("Clusters", "cluster", found.cluster or {}, address, lambda number: f"cluster {number}"))
    return [each for each in facets if each.choices]


def class_name(label: int, names: Sequence[str]) -> str:
    """The name of a class, or its number."""
    return names[label] if label < len(names) else str(label)


def _named(outcome: str) -> str:
    return OUTCOMES[Outcome(outcome)]


def _classes(
    title: str, facet: str, counts: Mapping[int, int], address: GalleryAddress, names: Sequence[str]
) -> FacetChoices:
    """The classes with the most images, and those that are chosen."""
    chosen: tuple[int, ...] = getattr(address.filter, facet)
    commonest = sorted(counts, key=lambda label: (-counts[label], label))[:MOST_CLASSES]
    shown = {label: counts.get(label, 0) for label in dict.fromkeys((*chosen, *commonest))}
    left_out = sum(label not in shown for label in counts)
    return _toggled(title, facet, shown, address, lambda label: class_name(label, names), left_out=left_out)


def _toggled(
    title: str,
    facet: str,
    counts: Mapping[Any, int],
    address: GalleryAddress,
    text: Callable[[Any], str],
    *,
    left_out: int = 0,
) -> FacetChoices:
    asked, chosen = address.filter, getattr(address.filter, facet)
    values = {**dict.fromkeys(chosen, 0), **counts}
    choices = tuple(
        Choice(text(value), count, address.url(asked.but(**{facet: _toggle(chosen, value)})), value in chosen)
        for value, count in values.items()
    )
    all_url = address.url(asked.but(**{facet: ()})) if chosen else None
    return FacetChoices(title, choices, all_url, left_out)


def _confidence(found: Facets, address: GalleryAddress) -> FacetChoices:
    """One choice for each tenth that has images."""
    asked, now = address.filter, address.filter.range_of(CONFIDENCE)
    choices = []
    for tenth, count in found.confidence.items():
        wanted = tenth_of_confidence(tenth)
        other = ValueRange(CONFIDENCE) if wanted == now else wanted
        text = f"{10 * tenth} to {10 * tenth + 10} %"
        choices.append(Choice(text, count, address.url(asked.with_range(other)), wanted == now))
    bounded = now.low is not None or now.high is not None
    all_url = address.url(asked.with_range(ValueRange(CONFIDENCE))) if bounded else None
    return FacetChoices("Confidence", tuple(choices), all_url)


def tenth_of_confidence(tenth: int) -> ValueRange:
    """The range of a tenth, as the facets count it: only the last one holds its upper bound."""
    low, high = tenth / CONFIDENCE_BINS, (tenth + 1) / CONFIDENCE_BINS
    return ValueRange(CONFIDENCE, low, high if tenth == CONFIDENCE_BINS - 1 else below(high))


def below(value: float) -> float:
    """A bound that leaves a value itself out, and of numbers in single precision no other."""
    return value - 1e-9


def _toggle(chosen: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    return without(chosen, value) if value in chosen else tuple(sorted((*chosen, value)))


def without(chosen: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    """All values but one."""
    return tuple(each for each in chosen if each != value)
