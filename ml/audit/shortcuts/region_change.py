"""Pastes and removes a region that is at the same place in all pictures.

One control is a region of the same size elsewhere. Another is the same region of pictures of the other classes: it must
not turn pictures to the class that is suspected, nor to its own. A part of the subject that lies there does the latter.
"""

from __future__ import annotations

from functools import cache, partial

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Control, Group, Reading
from ml.audit.shortcuts.masked_pixels import filled, moved, pasted

Mask = npt.NDArray[np.bool_]
_ENOUGH = 5


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
    removing: list[Control] = [lambda: Changed(filled(others.images, mask), others.predicted)]
    if movable:
        pasting.append(lambda: _to(label, pasted(others.images, own.images, away()[: len(others.images)])))
        removing.append(lambda: Changed(filled(own.images, away()[: len(own.images)]), own.predicted))
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
    return np.stack([moved(mask, rng=rng) for _ in range(count)])


def _to(label: npt.NDArray[np.integer], images: npt.NDArray[np.uint8]) -> Changed:
    return Changed(images, np.repeat(label, len(images)))


def _exchanged(others: Group, mask: Mask, label: npt.NDArray[np.integer], rng: np.random.Generator) -> Changed:
    """The region of each other image, pasted into one of yet another class.

    Does it turn to the first one's class, also where only the images of one class are pasted? Classes differ in how
    much of their subject lies there. Or does it turn to the class that is suspected, whatever is pasted?
    """
    order = rng.permutation(len(others.images))
    differ = others.predicted[order] != others.predicted
    sources, labels = others.images[order][differ], others.predicted[order][differ]
    found, counts = np.unique(labels, return_counts=True)
    by_class = [np.flatnonzero(labels == other) for other in found[counts >= _ENOUGH]]
    suspected = Reading(np.arange(len(labels)), np.repeat(label, len(labels)))
    readings = (suspected, *(Reading(rows, labels[rows]) for rows in by_class))
    return Changed(pasted(others.images[differ], sources, mask), labels, readings)
