"""Suspects places where the maps of one class gather and those of the others do not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ml.audit.shortcuts.label_permutation import standing
from ml.audit.shortcuts.pooled_maps import pooled_shares, usable
from ml.audit.shortcuts.suspicion import Evidence, Place, Suspicion

LEVEL = 0.05
# A cell belongs to a place if its excess over the other classes is at least this share of the largest one.
_EXTENT = 0.5
# An image shows the place if its map has more there than this share of the other classes' maps.
_SHOWN = 0.95

Floats = npt.NDArray[np.float32]


def suspect_places(evidence: Evidence, *, rng: np.random.Generator) -> list[Suspicion]:
    """The place of each class that stands out; the statistic is the largest z of the cells of its mean map."""
    kept = np.flatnonzero(usable(evidence.maps))
    if not len(kept):
        return []
    shares, labels = pooled_shares(evidence.maps[kept]), evidence.predicted[kept]
    found = standing(shares.reshape(len(shares), -1), labels, rng=rng)
    suspicions = []
    for row, label in enumerate(found.labels):
        cell = int(found.z[row].argmax())
        if found.p_values[row, cell] > LEVEL:
            continue
        inside = _extent(shares, labels == label, cell)
        images, share = _images(shares[:, inside].sum(axis=1), labels == label)
        suspicions.append(
            Suspicion(
                kind="place",
                label=int(label),
                share=share,
                statistic=float(found.z[row, cell]),
                p_value=float(found.p_values[row, cell]),
                looks=found.looks,
                images=tuple(int(kept[image]) for image in images),
                place=bounding_place(inside),
                words=f"the maps of {share:.0%} of the images of this class gather at one place, others do not",
            )
        )
    return suspicions


def bounding_place(inside: npt.NDArray[np.bool_]) -> Place:
    """The smallest rectangle around the cells (h, w) that are true, of which there is at least one."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    height, width = inside.shape
    return Place(
        float(rows[0] / height),
        float(columns[0] / width),
        float((rows[-1] + 1) / height),
        float((columns[-1] + 1) / width),
    )


def _extent(shares: Floats, member: npt.NDArray[np.bool_], cell: int) -> npt.NDArray[np.bool_]:
    """The cells around a cell in which a class's mean map exceeds that of the others by half as much as there."""
    excess = shares[member].mean(axis=0) - shares[~member].mean(axis=0)
    regions, _ = ndimage.label(excess >= _EXTENT * excess.flat[cell])
    return np.asarray(regions == regions.flat[cell])


def _images(there: Floats, member: npt.NDArray[np.bool_]) -> tuple[npt.NDArray[np.intp], float]:
    """The images of a class that have more there than the others, the strongest first, and their share of the class."""
    candidates = np.flatnonzero(member & (there > np.quantile(there[~member], _SHOWN)))
    if not len(candidates):
        candidates = np.flatnonzero(member)
    order = np.argsort(-there[candidates], kind="stable")
    return candidates[order], len(candidates) / int(member.sum())
