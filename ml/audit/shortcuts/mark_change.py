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
    images, rng = others.images.copy(), np.random.default_rng(seed)
    for number, image in enumerate(images):
        source = number % len(own.images)
        top, left, height, width = rectangle_of(masks[source])
        row, column = rng.integers(0, image.shape[0] - height + 1), rng.integers(0, image.shape[1] - width + 1)
        image[row : row + height, column : column + width] = own.images[source][top : top + height, left : left + width]
    return Changed(images, np.repeat(own.predicted[:1], len(images)), paired=True)
