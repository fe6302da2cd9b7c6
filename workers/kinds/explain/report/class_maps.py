"""The maps of an image, grouped by the class that each explains."""

from __future__ import annotations

from dataclasses import dataclass

from jobs.results.record import ImageRecord, MethodRecord

# With the target top:k every image has k maps of each method: those of so many classes are shown.
RANKS_SHOWN = 3


@dataclass(frozen=True)
class MapsOfClass:
    """What the methods made for one class.

    Attributes:
        named: the class has to be said, since it is not simply the one that was predicted.
    """

    target: int | None
    named: bool
    methods: tuple[MethodRecord, ...]


def shown_maps(record: ImageRecord) -> tuple[MethodRecord, ...]:
    """The maps that the report shows of an image."""
    return tuple(method for method in record.methods if method.rank <= RANKS_SHOWN)


def maps_by_class(record: ImageRecord) -> tuple[MapsOfClass, ...]:
    """The maps that the report shows of an image, the first class first."""
    ranks = sorted({method.rank for method in shown_maps(record)})
    several = any(method.rank > 1 for method in record.methods)
    found = (tuple(method for method in record.methods if method.rank == rank) for rank in ranks)
    return tuple(_of_class(record, methods, several=several) for methods in found)


def _of_class(record: ImageRecord, methods: tuple[MethodRecord, ...], *, several: bool) -> MapsOfClass:
    target = record.target if methods[0].target is None else methods[0].target
    return MapsOfClass(target, several or target != record.prediction, methods)
