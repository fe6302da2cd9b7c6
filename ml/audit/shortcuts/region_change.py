"""Pastes and removes a region that is at the same place in all pictures.

One control is a region of the same size elsewhere. Another is the same region of pictures of the other classes: it must
not turn pictures to the class that is suspected, nor to its own. A part of the subject that lies there does the latter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Control, Group
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
    exchanged = cache(partial(_exchanged, others, mask, rng))
    pasting: list[Control] = [exchanged, lambda: _to(label, exchanged().images)]
    pasting += [partial(_of_class, exchanged, other) for other in _frequent(others.predicted)]
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


def _exchanged(others: Group, mask: Mask, rng: np.random.Generator) -> Changed:
    """The region of each other image, pasted into one of yet another class: does it turn to the first one's class?"""
    order = rng.permutation(len(others.images))
    differ = others.predicted[order] != others.predicted
    sources, targets = others.images[order][differ], others.images[differ]
    return Changed(pasted(targets, sources, mask), others.predicted[order][differ])


def _frequent(labels: npt.NDArray[np.integer]) -> list[int]:
    """The classes of which there are enough images to look at each alone."""
    found, counts = np.unique(labels, return_counts=True)
    return [int(label) for label in found[counts >= _ENOUGH]]


def _of_class(exchanged: Callable[[], Changed], label: int) -> Changed:
    """What the region of one other class does: classes differ in how much of their subject lies there."""
    all_of_them = exchanged()
    chosen = all_of_them.labels == label
    return Changed(all_of_them.images[chosen], all_of_them.labels[chosen])
