"""Suspects places: where the maps of one class gather, or where its pictures differ, and those of others do not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.cell_region import bounding_place, region_around, shown
from ml.audit.shortcuts.label_permutation import LEVEL, standing
from ml.audit.shortcuts.picture_cues import cell_cues
from ml.audit.shortcuts.pooled_maps import pooled_shares, usable
from ml.audit.shortcuts.suspicion import Evidence, Kind, Suspicion

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer]
_OF_MAPS = "the maps of {percent:.0f} % of the images of this class gather at one place, those of other classes do not"
_OF_PICTURES = "at one place, {percent:.0f} % of the images of this class differ from those of the other classes"


def suspect_map_places(evidence: Evidence, *, rng: np.random.Generator) -> list[Suspicion]:
    """The cell of each class's mean map that stands out most, and the cells around it."""
    if evidence.maps is None:
        return []
    kept = np.flatnonzero(usable(evidence.maps))
    if not len(kept):
        return []
    shares = pooled_shares(evidence.maps[kept])
    return _suspect(shares[:, None], evidence.predicted[kept], rng=rng, kind="place", rows=kept)


def suspect_picture_places(evidence: Evidence, *, rng: np.random.Generator) -> list[Suspicion]:
    """The cell of each class's pictures whose colour or edges stand out most, and the cells around it."""
    cells = cell_cues(evidence.cues)
    return _suspect(cells, evidence.predicted, rng=rng, kind="mark", rows=np.arange(len(cells)))


def _suspect(
    planes: Floats, labels: Labels, *, rng: np.random.Generator, kind: Kind, rows: npt.NDArray[np.intp]
) -> list[Suspicion]:
    """The strongest place of each class in planes (N, P, h, w); only large values count of a single plane."""
    count, layers, height, width = planes.shape
    found = standing(planes.reshape(count, layers * height * width), labels, rng=rng, sided=1 if layers == 1 else 2)
    suspicions = []
    for group, label in enumerate(found.labels):
        distances = found.distances[group] if layers == 1 else np.abs(found.distances[group])
        best = int(np.where(found.p_values[group] <= LEVEL, distances, -np.inf).argmax())
        if found.p_values[group, best] > LEVEL:
            continue
        layer, cell = divmod(best, height * width)
        member = labels == label
        signed = planes[:, layer] * np.sign(found.z[group, best])
        inside = region_around(signed, member, cell)
        seen = shown(signed[:, inside].mean(axis=1), member)
        suspicions.append(
            Suspicion(
                kind=kind,
                label=int(label),
                share=seen.share,
                statistic=float(distances[best]),
                p_value=float(found.p_values[group, best]),
                looks=found.looks,
                images=tuple(int(rows[image]) for image in seen.images),
                place=bounding_place(inside),
                words=(_OF_MAPS if layers == 1 else _OF_PICTURES).format(percent=100 * seen.share),
            )
        )
    return suspicions
