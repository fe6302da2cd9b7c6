"""Compares the raw maps of two jobs, image by image and shard by shard."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jobs.results.comparison.document import MapAgreement, MeanOfImages
from ml.evaluation.map_agreement import map_agreement
from workers.kinds.compare.map_files import MapFiles
from workers.kinds.compare.map_places import MapPlaces, map_places
from workers.kinds.compare.side import NO_CLASS
from workers.kinds.compare.two_sides import Pair, TwoSides
from workers.kinds.explain.measured import Numbers, spread

OnImage = Callable[[int], None]


@dataclass(frozen=True, eq=False)
class AgreementByImage:
    """Of a pair of methods and n images: rank correlation and overlap, NaN where there is none.

    Attributes:
        compared: (n,) whether both jobs kept a raw map.
        same_class: (n,) whether both maps explain the same class.
    """

    pair: Pair
    correlations: Numbers
    overlaps: Numbers
    compared: NDArray[np.bool_]
    same_class: NDArray[np.bool_]

    def summary(self) -> MapAgreement:
        """What ``comparison.json`` says of it."""
        known = np.isfinite(self.correlations)
        return MapAgreement(
            first_method=self.pair[0],
            second_method=self.pair[1],
            correlation=_mean(self.correlations[known]),
            overlap=_mean(self.overlaps[known]),
            correlation_same_class=_mean(self.correlations[known & self.same_class]),
            same_class=int((self.compared & self.same_class).sum()),
            constant=int((self.compared & ~known).sum()),
            missing=int((~self.compared).sum()),
        )


def agreement_by_image(sides: TwoSides, pair: Pair, *, files: MapFiles, on_image: OnImage) -> AgreementByImage:
    """Compare the maps of a pair of methods.

    Args:
        sides: the two jobs.
        pair: a method of each.
        files: where raw maps are read.
        on_image: called with the number of images done; may raise to stop.
    """
    one, other = map_places(sides.first, pair[0]), map_places(sides.second, pair[1])
    compared = one.kept & other.kept
    correlations, overlaps = np.full(len(compared), np.nan), np.full(len(compared), np.nan)
    places = np.flatnonzero(compared)
    # By the files of both, so that each pair of files is opened once, however the images are shared out.
    ordered = places[np.lexsort((other.files[places], one.files[places]))]
    for done, place in enumerate(ordered, start=1):
        correlations[place], overlaps[place] = map_agreement(_map(files, one, place), _map(files, other, place))
        on_image(done)
    targets = sides.classes.in_first(other.targets)
    same = (one.targets == targets) & (targets != NO_CLASS)
    return AgreementByImage(pair, correlations, overlaps, compared, same)


def _map(files: MapFiles, places: MapPlaces, image: int) -> NDArray[np.float32]:
    maps = files.maps(*places.keys[places.files[image]])
    return np.asarray(maps[places.rows[image]], np.float32)


def _mean(values: Numbers) -> MeanOfImages | None:
    found = spread(values)
    return MeanOfImages(**found) if found else None
