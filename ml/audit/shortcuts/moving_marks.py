"""Suspects marks that move: pieces around the peaks of a class's images that look alike, though they stand elsewhere.

A piece of one image is looked for around the peaks of the other images of its class and of other classes. Fisher's
exact test says whether its own class has it more often, counting all pieces of all classes as looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.label_permutation import FEWEST_IMAGES, LEVEL
from ml.audit.shortcuts.mark_rectangles import mark_rectangles
from ml.audit.shortcuts.peak_windows import PeakWindows, peak_windows, small_pictures
from ml.audit.shortcuts.pooled_maps import usable
from ml.audit.shortcuts.suspicion import Evidence, Images, Pictures, Place, Suspicion
from ml.audit.shortcuts.unusual_cells import unusual_cells
from ml.evaluation.fisher import fisher_more

OF_CLASS, OF_OTHERS, SOURCES = 48, 64, 12
"""Images of a class, and of other classes, that are compared; and those of the class whose pieces are looked for."""
ALIKE = 0.4
"""Root mean square difference of two pieces, as a share of the standard deviation of all pixels, of equal pieces."""
MAPS, PICTURES = "where the maps peak", "where the pictures are most unusual"
_PIECES = 3

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Match:
    """A piece, and where each image (n,) has what is most like it, counted in the positions of its window."""

    side: int
    positions: npt.NDArray[np.intp]
    alike: npt.NDArray[np.bool_]
    excess: float


@dataclass(frozen=True, eq=False)
class _Sample:
    """Rows of images (n,) that are compared: the first ``own`` are of the class, the others are not."""

    label: int
    images: npt.NDArray[np.intp]
    own: int


@dataclass(frozen=True)
class _Told:
    """What is said of a piece: its p-value after so many looks, and where it was looked for."""

    p_value: float
    looks: int
    where: str


def suspect_moving_marks(evidence: Evidence, pictures: Pictures, *, rng: np.random.Generator) -> list[Suspicion]:
    """The piece of each class that most of its images have at their peaks, and other classes have not.

    Peaks are those of the maps, and the most unusual cells of the pictures: of a model that uses a mark and the flower
    as well, the maps show the flower.
    """
    looked_at = {PICTURES: unusual_cells(evidence.cues)}
    if evidence.maps is not None:
        looked_at[MAPS] = evidence.maps
    samples = list(_samples(evidence.predicted, rng))
    rows = np.unique(np.concatenate([sample.images for sample in samples])) if samples else np.zeros(0, np.intp)
    small = small_pictures(pictures, rows)
    looks, suspicions = len(samples) * len(looked_at), []
    for sample in samples:
        of = small[np.searchsorted(rows, sample.images)]
        found = [_found(sample, of, where, peaks, looks) for where, peaks in looked_at.items()]
        significant = [each for each in found if each is not None]
        suspicions += sorted(significant, key=lambda each: each.p_value)[:1]
    return suspicions


def _samples(predicted: npt.NDArray[np.integer], rng: np.random.Generator) -> Iterator[_Sample]:
    """Images of each class beside others, which are mostly the same ones, so that few are read."""
    labels, counts = np.unique(predicted, return_counts=True)
    order = rng.permutation(len(predicted))
    for label in labels[(counts >= FEWEST_IMAGES) & (len(predicted) - counts >= FEWEST_IMAGES)]:
        member = predicted[order] == label
        own, others = order[member][:OF_CLASS], order[~member][:OF_OTHERS]
        yield _Sample(int(label), np.concatenate([own, others]), len(own))


def _found(sample: _Sample, pictures: Images, where: str, peaks: Floats, looks: int) -> Suspicion | None:
    """The best piece of a class at the peaks of these maps (N, h, w), if it is significant after so many looks more."""
    kept = usable(peaks[sample.images])
    own = int(kept[: sample.own].sum())
    others = int(kept.sum()) - own
    if own < FEWEST_IMAGES or others < FEWEST_IMAGES:
        return None
    images = sample.images[kept]
    windows = peak_windows(pictures[kept], peaks[images])
    looks *= min(own, SOURCES) * _PIECES**2 * len(windows.sides)
    fewest = next((count for count in range(own) if fisher_more(count, own - 1, 0, others) * looks <= LEVEL), own)
    match = max(_matches(windows, own, fewest=fewest), key=lambda each: each.excess, default=None)
    if match is None:
        return None
    told = _Told(_fisher(match, own) * looks, looks, where)
    return _suspicion(sample.label, match, windows, images[:own], told) if told.p_value <= LEVEL else None


def _matches(windows: PeakWindows, own: int, *, fewest: int) -> Iterator[_Match]:
    """Pieces of some images of the class that ``fewest`` others of it have, and what is most like them in every image.

    Of a piece that fewer have, the other classes need not be looked at: nothing there could make it significant.
    """
    for side in windows.sides:
        pieces = windows.pieces(side)  # (n, positions, side * side * 3)
        across = windows.length - side + 1
        sources = np.asarray([(image, at) for image in range(min(own, SOURCES)) for at in _starts(across, side)])
        wanted, limit = pieces[sources[:, 0], sources[:, 1]], pieces.shape[2] * (ALIKE * windows.spread) ** 2
        positions, nearest = _nearest(pieces[:own], wanted)
        alike = nearest <= limit
        alike[sources[:, 0], np.arange(len(sources))] = True
        frequent = np.flatnonzero(alike.sum(axis=0) > fewest)
        if len(frequent):
            elsewhere, distances = _nearest(pieces[own:], wanted[frequent])
            all_positions = np.concatenate([positions[:, frequent], elsewhere])
            all_alike = np.concatenate([alike[:, frequent], distances <= limit])
            for at, which in zip(all_positions.T, all_alike.T, strict=True):
                yield _Match(side, at, which, _excess(which, own))


def _nearest(pieces: Floats, wanted: Floats) -> tuple[npt.NDArray[np.intp], Floats]:
    """Of each image's pieces (n, positions, D) the one most like each wanted one (m, D), and its distance, (n, m)."""
    distances = (pieces**2).sum(axis=2)[:, None] - 2 * wanted @ pieces.transpose(0, 2, 1)
    positions = distances.argmin(axis=2)  # positions are the last axis: memory is read in order
    smallest = np.take_along_axis(distances, positions[..., None], axis=2)[..., 0]
    return positions, smallest + (wanted**2).sum(axis=1)


def _excess(alike: npt.NDArray[np.bool_], own: int) -> float:
    """How much larger the share of a class's images that are alike is than that of the others."""
    return (int(alike[:own].sum()) - 1) / max(own - 1, 1) - float(alike[own:].mean())


def _fisher(match: _Match, own: int) -> float:
    """Chance that so many of the images that are alike are of the class; the piece's own image does not count."""
    inside, outside = match.alike[:own], match.alike[own:]
    return fisher_more(int(inside.sum()) - 1, own - 1, int(outside.sum()), len(outside))


def _starts(across: int, side: int) -> list[int]:
    """Positions of the pieces that are looked for: a few around the middle of a window."""
    middle, step = (across - 1) // 2, max(side // 2, 1)
    steps = [min(max(middle + step * shift, 0), across - 1) for shift in range(-(_PIECES // 2), _PIECES // 2 + 1)]
    return [row * across + column for row in steps for column in steps]


def _suspicion(label: int, match: _Match, windows: PeakWindows, own: npt.NDArray[np.intp], told: _Told) -> Suspicion:
    across = windows.length - match.side + 1
    showing = [row for row in range(len(own)) if match.alike[row]]
    corners = np.asarray([divmod(int(match.positions[row]), across) for row in showing])
    corners += windows.corners[showing]
    found = mark_rectangles(windows.pictures[showing], corners, match.side, limit=ALIKE * windows.spread)
    size = windows.pictures.shape[1]
    places = tuple(Place(*(float(edge / size) for edge in edges)) for edges in found)
    share = len(showing) / len(own)
    return Suspicion(
        kind="mark",
        label=label,
        share=share,
        statistic=float(-np.log10(max(told.p_value, 1e-300))),
        p_value=told.p_value,
        looks=told.looks,
        images=tuple(int(own[row]) for row in showing),
        place=None,
        words=f"{told.where}, {100 * share:.0f} % of the images of this class show the same thing, in changing places",
        places=places,
    )
