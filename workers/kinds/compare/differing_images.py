"""Chooses the images that two jobs differ on most, and says what each says of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.results.comparison.document import ImageChange, ImageSide
from jobs.results.images.image_row import RECORD
from jobs.results.record import ImageRecord, MethodRecord
from workers.kinds.compare.joined_images import Rows
from workers.kinds.compare.map_agreements import AgreementByImage
from workers.kinds.compare.side import Side
from workers.kinds.compare.two_sides import TwoSides
from workers.kinds.explain.measured import Numbers

SHOWN = 12


@dataclass(frozen=True)
class DifferingImages:
    """Images with the records that both jobs have of them, by the part of the page that shows them."""

    broken: tuple[ImageChange, ...]
    fixed: tuple[ImageChange, ...]
    least_alike: tuple[ImageChange, ...]
    records: dict[str, tuple[ImageRecord, ImageRecord]]


def differing_images(sides: TwoSides, agreements: Sequence[AgreementByImage]) -> DifferingImages:
    """Broken and fixed ones with the surest mistakes first, and those with the least alike maps first."""
    changes, lowest = sides.changes(), lowest_correlation(agreements, sides.images)
    chosen = {
        "broken": _most(changes == "broken", sides.second.numbers("confidence")),
        "fixed": _most(changes == "fixed", sides.first.numbers("confidence")),
        "least_alike": _most(np.isfinite(lowest), -lowest),
    }
    every = np.unique(np.concatenate(list(chosen.values()))).astype(np.int64)
    both = zip(_records(sides.first, every), _records(sides.second, every), strict=True)
    records = dict(zip(every.tolist(), both, strict=True))
    shown = {
        part: tuple(_change(sides, records[place], lowest[place]) for place in places.tolist())
        for part, places in chosen.items()
    }
    return DifferingImages(**shown, records={ours.image_id: (ours, theirs) for ours, theirs in records.values()})


def lowest_correlation(agreements: Sequence[AgreementByImage], images: int) -> Numbers:
    """(n,): the lowest rank correlation of an image's pairs of maps, NaN where it has none."""
    lowest = np.full(images, np.nan)
    for agreement in agreements:
        lowest = np.fmin(lowest, agreement.correlations)
    return lowest


def _most(chosen: NDArray[np.bool_], values: Numbers) -> Rows:
    """The chosen images with the highest values, at most as many as are shown; of equal ones the first."""
    places = np.flatnonzero(chosen)
    return places[np.argsort(-values[places], kind="stable")][:SHOWN]


def _records(side: Side, places: Rows) -> Iterator[ImageRecord]:
    """The records of the images at these places, in the order of the places."""
    job_id, wanted = side.results.job.id, side.rows[places]
    found: dict[int, ImageRecord] = {}
    start = 0
    for batch in side.images.batches(RECORD):
        inside = wanted[(wanted >= start) & (wanted < start + len(batch))]
        for row in inside.tolist():
            found[row] = ImageRecord.of_job(job_id, batch.column(RECORD)[row - start].as_py().encode())
        start += len(batch)
    return (found[row] for row in wanted.tolist())


def _change(sides: TwoSides, records: tuple[ImageRecord, ImageRecord], correlation: np.floating) -> ImageChange:
    first, second = records
    labelled, label = (sides.first, first.label) if first.label is not None else (sides.second, second.label)
    return ImageChange(
        image_id=first.image_id,
        label=label,
        label_name=labelled.class_name(label),
        first=_side(sides.first, first, [pair[0] for pair in sides.pairs]),
        second=_side(sides.second, second, [pair[1] for pair in sides.pairs]),
        correlation=float(correlation) if np.isfinite(correlation) else None,
    )


def _side(side: Side, record: ImageRecord, methods: Sequence[str]) -> ImageSide:
    maps = [found for method in methods if (found := record.method(method)) is not None and _is_kept(found)]
    return ImageSide(
        prediction=record.prediction,
        prediction_name=side.class_name(record.prediction),
        confidence=record.confidence,
        maps=() if side.results.heatmaps_removed else tuple(each.name for each in maps),
    )


def _is_kept(found: MethodRecord) -> bool:
    """Whether the map can be shown: as a picture, or drawn from the raw map."""
    return found.overlay is not None or found.raw_row is not None
