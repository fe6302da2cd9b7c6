"""Pastes and removes a mark that is at another place in each picture."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Group
from ml.audit.shortcuts.masked_pixels import filled, mask_at, matched, pasted, rectangle_of
from ml.audit.shortcuts.suspicion import Place

Images = npt.NDArray[np.uint8]
Masks = npt.NDArray[np.bool_]


def mark_arms(places: Sequence[Place], own: Group, others: Group, *, rng: np.random.Generator) -> Arms:
    """The arms of a mark; the controls are other pieces, of the same size, of the images that show it.

    Args:
        places: of the mark in each of ``own``.
        own: images of the class that show it.
        others: images of other classes.
        rng: draws where it is pasted, and the pieces of the controls.
    """
    height, width = own.images.shape[1:3]
    here = np.stack([mask_at(place, height, width) for place in places[: len(own.images)]])
    away = np.stack([matched(mask, rng=rng) for mask in here])
    label = own.predicted[:1]
    seed = int(rng.integers(2**32))
    return Arms(
        pasted=_stuck(own, here, others, seed),
        pasted_controls=(lambda: _stuck(own, away, others, seed),),
        removed=(
            Changed(filled(own.images, here), own.predicted),
            _exchanged(own, others, here, label),
        ),
        removed_controls=(
            lambda: Changed(filled(own.images, away), own.predicted, paired=True),
            lambda: _exchanged(own, others, away, label),
        ),
    )


def _exchanged(own: Group, others: Group, masks: Masks, label: npt.NDArray[np.integer]) -> Changed:
    images = pasted(own.images, others.images, masks)
    return Changed(images, np.repeat(label, len(images)), paired=True)


def _stuck(own: Group, masks: Masks, others: Group, seed: int) -> Changed:
    """Other images with the pixels inside a mask of one of its own, each at a place drawn by chance."""
    rng, count = np.random.default_rng(seed), len(others.images)
    sources, moved = np.empty_like(others.images), np.empty((count, *masks.shape[1:]), bool)
    for number in range(count):
        source = number % len(own.images)
        top, left, height, width = rectangle_of(masks[source])
        row, column = (rng.integers(0, room + 1) for room in np.subtract(masks.shape[1:], (height, width)))
        by = (int(row) - top, int(column) - left)
        sources[number], moved[number] = np.roll(own.images[source], by, (0, 1)), np.roll(masks[source], by, (0, 1))
    return Changed(pasted(others.images, sources, moved), np.repeat(own.predicted[:1], count), paired=True)
