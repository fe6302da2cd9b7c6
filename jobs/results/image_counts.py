"""Counts the images of a step by outcome and flag, so that a report need not list them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import Field

from jobs.results.record import ImageRecord, MethodRecord, Outcome
from jobs.value import Value

IG = "integrated_gradients"
_UNSETTLED = frozenset({"unconverged", "non_finite"})
_SUMS = ("unreadable", "overlays", "integrated", "settled", "in_logits")
_IN_LOGITS = "absolute_tolerance"
_EVALUATIONS = "evaluations"


class FirstError(Value):
    """The first image that failed, and why."""

    image_id: str
    error: str


class ImageCounts(Value):
    """Counts over the images of a step; those of several steps add up.

    Attributes:
        outcomes: number of images by outcome.
        unreadable: how many of those that failed could not be read; 0 in older reports.
        flags: number of maps by flag.
        overlays: number of stored overlay pictures.
        integrated: number of maps of Integrated Gradients of the first class.
        settled: how many of them converged.
        in_logits: for how many of them the tolerance was applied to δ in logits.
        evaluations: of the network and its gradient, by the methods that count them; none in older reports.
        harder: how many of them by the tolerance that was reached last; none of older records.
    """

    outcomes: dict[Outcome, int] = Field(default_factory=dict)
    unreadable: int = 0
    flags: dict[str, int] = Field(default_factory=dict)
    overlays: int = 0
    integrated: int = 0
    settled: int = 0
    in_logits: int = 0
    evaluations: dict[str, int] = Field(default_factory=dict)
    harder: dict[str, int] = Field(default_factory=dict)
    first_error: FirstError | None = None

    @property
    def images(self) -> int:
        """All images."""
        return sum(self.outcomes.values())

    @property
    def failed(self) -> int:
        """Images that ended as an error."""
        return self.outcomes.get(Outcome.ERROR, 0)


def count_images(records: Sequence[ImageRecord]) -> ImageCounts:
    """The counts of these images."""
    maps = [method for record in records for method in record.methods]
    integrated = [method for record in records if (method := record.method(IG))]
    failed = next((record for record in records if record.error is not None), None)
    return ImageCounts(
        outcomes=Counter(record.outcome for record in records),
        unreadable=sum(record.unreadable for record in records),
        flags=Counter(flag for method in maps for flag in method.flags),
        overlays=sum(method.overlay is not None for method in maps),
        integrated=len(integrated),
        settled=sum(_settled(method) for method in integrated),
        evaluations=_evaluations(maps),
        in_logits=sum(_IN_LOGITS in method.flags for method in integrated),
        harder=Counter(method.harder for method in integrated if method.harder),
        first_error=FirstError(image_id=failed.image_id, error=failed.error) if failed and failed.error else None,
    )


def add_counts(parts: Iterable[ImageCounts]) -> ImageCounts:
    """The counts of several steps together; the first error is that of the first step that has one."""
    outcomes, flags, harder = Counter[Outcome](), Counter[str](), Counter[str]()
    evaluations, sums, first_error = Counter[str](), Counter[str](), None
    for part in parts:
        outcomes.update(part.outcomes)
        flags.update(part.flags)
        harder.update(part.harder)
        evaluations.update(part.evaluations)
        sums.update({name: getattr(part, name) for name in _SUMS})
        first_error = first_error or part.first_error
    return ImageCounts(
        outcomes=outcomes, flags=flags, evaluations=evaluations, harder=harder, **sums, first_error=first_error
    )


def _evaluations(maps: Iterable[MethodRecord]) -> dict[str, int]:
    found = Counter[str]()
    for each in maps:
        count = each.values.get(_EVALUATIONS)
        if count:
            found[each.method] += round(count)
    return found


def _settled(method: MethodRecord) -> bool:
    return not _UNSETTLED & set(method.flags)
