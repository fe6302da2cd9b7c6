"""Pastes and removes a region that is at the same place in all pictures.

One control is a region of the same size elsewhere, as far from the middle. Another is the same region of pictures of
the other classes: it must not turn pictures to the class that is suspected, nor to its own. A part of the subject that
lies there does the latter.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Control, Group, Reading
from ml.audit.shortcuts.masked_pixels import filled, matched, pasted

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.integer]
FEWEST_SOURCES = 5
"""Images of another class whose regions are pasted, so that the class is a control of its own."""
MOST_CLASSES = 8
"""Other classes that are controls of their own, the most frequent ones."""
EXCHANGED = 192
"""Images into which the regions of these classes are pasted, all together."""


def region_arms(mask: Mask, own: Group, others: Group, *, movable: bool, rng: np.random.Generator) -> Arms:
    """The arms of a region (H, W).

    Args:
        mask: the region.
        own: images of the class that show it.
        others: images of other classes.
        movable: whether there is a place for it elsewhere; else the first control is left out.
        rng: draws the places of the first control.
    """
    label, away = own.predicted[:1], cache(partial(_elsewhere, mask, max(len(own.images), len(others.images)), rng))
    pasting: list[Control] = [partial(_exchanged, others, mask, label, rng)]
    removing: list[Control] = [lambda: _lost(others, mask)]
    if movable:
        pasting.append(lambda: _to(label, pasted(others.images, own.images, away()[: len(others.images)])))
        removing.append(lambda: Changed(filled(own.images, away()[: len(own.images)]), own.predicted, paired=True))
        removing.append(lambda: _to(label, pasted(own.images, others.images, away()[: len(own.images)])))
    return Arms(
        pasted=_to(label, pasted(others.images, own.images, mask)),
        pasted_controls=tuple(pasting),
        removed=(
            Changed(filled(own.images, mask), own.predicted),
            _to(label, pasted(own.images, others.images, mask)),
        ),
        removed_controls=tuple(removing),
    )


def _elsewhere(mask: Mask, count: int, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    return np.stack([matched(mask, rng=rng) for _ in range(count)])


def _to(label: Labels, images: npt.NDArray[np.uint8]) -> Changed:
    return Changed(images, np.repeat(label, len(images)), paired=True)


def _lost(others: Group, mask: Mask) -> Changed:
    return Changed(filled(others.images, mask), others.predicted, subject=True)


def _exchanged(others: Group, mask: Mask, label: Labels, rng: np.random.Generator) -> Changed:
    """The region of each other class, pasted into images of yet other classes.

    Does it turn to the class it comes from? All classes together say how much; and each alone, as they differ in how
    much of their subject lies there. Or does it turn to the class that is suspected, whatever is pasted?
    """
    pairs = _pairs(others.predicted, rng)
    sources, targets = pairs[:, 0], pairs[:, 1]
    labels = others.predicted[sources]
    found, counts = np.unique(others.predicted, return_counts=True)
    alone = [np.flatnonzero(labels == other) for other in found[counts >= FEWEST_SOURCES]]
    together = Reading(np.arange(len(labels)), labels, subject=True)
    readings = (together, *(Reading(rows, labels[rows], subject=True, part=True) for rows in alone if len(rows)))
    images = pasted(others.images[targets], others.images[sources], mask)
    return Changed(images, np.repeat(label, len(images)), also=readings)


def _pairs(classes: Labels, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """Images (p, 2) whose region is taken, and of another class those into which it is pasted."""
    found, counts = np.unique(classes, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:MOST_CLASSES]
    frequent = found[order[counts[order] >= FEWEST_SOURCES]]
    each = EXCHANGED // max(len(frequent), 4)
    pairs = [_pairs_of(np.flatnonzero(classes == one), np.flatnonzero(classes != one), each, rng) for one in frequent]
    rest = np.flatnonzero(~np.isin(classes, frequent))
    pairs += [_pairs_of(rest[[row]], np.flatnonzero(classes != classes[rest[row]]), 1, rng) for row in range(len(rest))]
    return np.concatenate(pairs) if pairs else np.empty((0, 2), np.intp)


def _pairs_of(
    sources: npt.NDArray[np.intp], targets: npt.NDArray[np.intp], count: int, rng: np.random.Generator
) -> npt.NDArray[np.intp]:
    count = min(count, len(targets))
    chosen = rng.permutation(targets)[:count]
    return np.stack([rng.permutation(sources)[np.arange(count) % len(sources)], chosen], axis=1)
