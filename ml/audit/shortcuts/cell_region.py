"""Finds the region of a grid in which one class differs from the others, and the images that show it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ml.audit.shortcuts.suspicion import Place

# A cell belongs to a region if its excess over the other classes is at least this share of the largest one.
_EXTENT = 0.5
# An image shows what sets its class apart if it has more of it than this share of the other classes' images.
_SHOWN = 0.95

Mask = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.floating]


@dataclass(frozen=True)
class Shown:
    """Rows of the images that show something, the strongest first, and their share of the class."""

    images: tuple[int, ...]
    share: float


def region_around(cells: Floats, member: Mask, cell: int) -> Mask:
    """The cells (h, w) around one of them in which a class's mean exceeds that of the others by half as much as there.

    Args:
        cells: (N, h, w).
        member: (N,) the images of the class.
        cell: where the region begins, counted row by row.
    """
    excess = cells[member].mean(axis=0) - cells[~member].mean(axis=0)
    regions, _ = ndimage.label(excess >= _EXTENT * excess.flat[cell])
    return np.asarray(regions == regions.flat[cell])


def bounding_place(inside: Mask) -> Place:
    """The smallest rectangle around the cells (h, w) that are true, of which there is at least one."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    height, width = inside.shape
    return Place(
        float(rows[0] / height),
        float(columns[0] / width),
        float((rows[-1] + 1) / height),
        float((columns[-1] + 1) / width),
    )


def shown(amounts: Floats, member: Mask) -> Shown:
    """The images of a class that have more of something (N,) than nearly all others; all of the class if none has."""
    candidates = np.flatnonzero(member & (amounts > np.quantile(amounts[~member], _SHOWN)))
    share = len(candidates) / int(member.sum())
    if not len(candidates):
        candidates = np.flatnonzero(member)
    order = np.argsort(-amounts[candidates], kind="stable")
    return Shown(tuple(int(image) for image in candidates[order]), share)
