"""Suspects marks that move: pieces around the peaks of a class's maps that look alike, though they stand elsewhere.

A piece of one image is looked for around the peaks of the other images of its class and of other classes. Fisher's
exact test says whether its own class has it more often, counting all pieces of all classes as looks.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.label_permutation import FEWEST_IMAGES, LEVEL
from ml.audit.shortcuts.peak_windows import PeakWindows, peak_windows
from ml.audit.shortcuts.pooled_maps import usable
from ml.audit.shortcuts.suspicion import Evidence, Pictures, Place, Suspicion
from ml.evaluation.fisher import fisher_more

OF_CLASS, OF_OTHERS, SOURCES = 24, 48, 12
"""Images of a class, and of other classes, that are compared; and those of the class whose pieces are looked for."""
ALIKE = 0.4
"""Root mean square difference of two pieces, as a share of the standard deviation of all pixels, of equal pieces."""
_PIECES = 3

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class _Match:
    """A piece, and where each image (n,) has what is most like it, counted in the positions of its window."""

    side: int
    positions: npt.NDArray[np.intp]
    alike: npt.NDArray[np.bool_]
    excess: float


def suspect_moving_marks(evidence: Evidence, pictures: Pictures, *, rng: np.random.Generator) -> list[Suspicion]:
    """The piece of each class that most of its images have at their peaks, and other classes have not."""
    if evidence.maps is None:
        return []
    kept = np.flatnonzero(usable(evidence.maps))
    labels, counts = np.unique(evidence.predicted[kept], return_counts=True)
    labels = labels[(counts >= FEWEST_IMAGES) & (len(kept) - counts >= FEWEST_IMAGES)]
    suspicions = []
    for label in labels:
        own = rng.permutation(kept[evidence.predicted[kept] == label])[:OF_CLASS]
        others = rng.permutation(kept[evidence.predicted[kept] != label])[:OF_OTHERS]
        images = np.concatenate([own, others])
        windows = peak_windows(pictures([int(image) for image in images]), evidence.maps[images])
        looks = len(labels) * min(len(own), SOURCES) * _PIECES**2 * len(windows.sides)
        best = max(_matches(windows, len(own)), key=lambda match: match.excess)
        p_value = min(1.0, _fisher(best, len(own)) * looks)
        if p_value <= LEVEL:
            suspicions.append(_suspicion(int(label), best, windows, own, (p_value, looks)))
    return suspicions


def _matches(windows: PeakWindows, own: int) -> Iterator[_Match]:
    """Each piece of some images of the class, and what is most like it in every image."""
    for side in windows.sides:
        pieces = windows.pieces(side)  # (n, positions, side * side * 3)
        across = windows.length - side + 1
        sources = [(image, position) for image in range(min(own, SOURCES)) for position in _starts(across, side)]
        wanted = np.stack([pieces[source] for source in sources])
        distances = (pieces**2).sum(axis=2)[:, None] - 2 * wanted @ pieces.transpose(0, 2, 1)
        positions = distances.argmin(axis=2)  # positions last: the smallest is looked for along memory
        nearest = np.take_along_axis(distances, positions[..., None], axis=2)[..., 0] + (wanted**2).sum(axis=1)
        alike = nearest <= wanted.shape[1] * (ALIKE * windows.spread) ** 2
        for column, (image, _) in enumerate(sources):
            alike[image, column] = True
            yield _Match(side, positions[:, column], alike[:, column], _excess(alike[:, column], own))


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


def _suspicion(
    label: int, match: _Match, windows: PeakWindows, own: npt.NDArray[np.intp], test: tuple[float, int]
) -> Suspicion:
    across = windows.length - match.side + 1
    showing = [row for row in range(len(own)) if match.alike[row]]
    corners = np.asarray([divmod(int(match.positions[row]), across) for row in showing])
    corners += windows.corners[showing]
    top, left, height, width = _grown(windows.pictures[showing], corners, match.side, windows.spread)
    size = windows.pictures.shape[1]
    places = tuple(
        Place(
            float(max(row + top, 0) / size),
            float(max(column + left, 0) / size),
            float(min(row + top + height, size) / size),
            float(min(column + left + width, size) / size),
        )
        for row, column in corners
    )
    share = len(showing) / len(own)
    return Suspicion(
        kind="mark",
        label=label,
        share=share,
        statistic=float(-np.log10(max(test[0], 1e-300))),
        p_value=test[0],
        looks=test[1],
        images=tuple(int(own[row]) for row in showing),
        place=None,
        words=f"where the maps peak, {share:.0%} of the images of this class show the same thing, in changing places",
        places=places,
    )


def _grown(pictures: Floats, corners: npt.NDArray[np.intp], side: int, spread: float) -> tuple[int, int, int, int]:
    """The rectangle around a piece in which the images still agree: its corner from that of the piece, and its size.

    The rows and columns around the piece are added one by one, as long as half of their pixels agree.
    """
    margin, length = side, 3 * side
    inside = np.pad(np.ones(pictures.shape[:3], bool), ((0, 0), (margin, margin), (margin, margin)))
    padded = np.pad(pictures, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    cuts = [(slice(row, row + length), slice(column, column + length)) for row, column in corners]
    around = np.stack([picture[cut] for picture, cut in zip(padded, cuts, strict=True)])
    there = np.stack([mask[cut] for mask, cut in zip(inside, cuts, strict=True)])
    off = np.sqrt(((around - np.median(around, axis=0)) ** 2).mean(axis=3))
    agree = np.median(np.where(there, off, 1), axis=0) <= ALIKE * spread
    top, bottom, left, right = margin, margin + side, margin, margin + side
    while top > 0 and agree[top - 1, left:right].mean() > 0.5:
        top -= 1
    while bottom < length and agree[bottom, left:right].mean() > 0.5:
        bottom += 1
    while left > 0 and agree[top:bottom, left - 1].mean() > 0.5:
        left -= 1
    while right < length and agree[top:bottom, right].mean() > 0.5:
        right += 1
    return top - margin, left - margin, bottom - top, right - left
