"""Suspects clusters of maps that belong to one class, and parts of a class whose maps its mean hides.

Across classes, maps are clustered without regard to the classes, so Fisher's exact test holds for any class in any
cluster. Within a class, pooled features are clustered, and a permutation test says whether the maps of a part differ
from those of the rest of the class; with the permutations that are drawn, this can be significant of ten classes at
most.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import hypergeom

from ml.audit.shortcuts.cell_region import bounding_place, region_around
from ml.audit.shortcuts.label_permutation import FEWEST_IMAGES, LEVEL, standing
from ml.audit.shortcuts.pooled_maps import pooled_shares, usable
from ml.audit.shortcuts.spectral_clusters import spectral_clusters
from ml.audit.shortcuts.suspicion import Evidence, Suspicion

MOST_MAPS = 600
"""Maps that are clustered at once, drawn by chance."""
_MOST_PARTS = 4

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.integer]
Mask = npt.NDArray[np.bool_]
_CLUSTER = "{percent:.0f} % of the maps of this class form a cluster of their own"
_PART = "{percent:.0f} % of the images of this class form a part of it whose maps lie elsewhere than those of the rest"


@dataclass(frozen=True, eq=False)
class _Found:
    """What is known of a part of a class; ``kept`` are the rows of the maps in the evidence."""

    label: int
    p_value: float
    looks: int
    kept: npt.NDArray[np.intp]
    words: str


def suspect_clusters(evidence: Evidence, *, rng: np.random.Generator) -> list[Suspicion]:
    """Clusters across classes, and parts of classes, one each of a class at most."""
    if evidence.maps is None:
        return []
    kept = np.flatnonzero(usable(evidence.maps))
    kept = np.sort(rng.permutation(kept)[:MOST_MAPS])
    if not len(kept):
        return []
    shares, labels = pooled_shares(evidence.maps[kept]), evidence.predicted[kept]
    seed = int(rng.integers(2**31))
    return _across(shares, labels, kept, seed) + _within(shares, labels, evidence.features[kept], kept, rng)


def _across(shares: Floats, labels: Labels, kept: npt.NDArray[np.intp], seed: int) -> list[Suspicion]:
    clusters = spectral_clusters(np.sqrt(shares.reshape(len(shares), -1)), seed=seed)
    groups, counts = np.unique(labels, return_counts=True)
    groups = groups[(counts >= FEWEST_IMAGES) & (len(labels) - counts >= FEWEST_IMAGES)]
    number = int(clusters.max()) + 1
    looks = number * len(groups)
    suspicions = []
    for label in groups if number > 1 else ():
        member = labels == label
        together = [int((member & (clusters == cluster)).sum()) for cluster in range(number)]
        sizes = [int((clusters == cluster).sum()) for cluster in range(number)]
        chances = hypergeom.sf(np.asarray(together) - 1, len(labels), int(member.sum()), sizes)
        best = int(chances.argmin())
        if chances[best] * looks > LEVEL:
            continue
        part = member & (clusters == best)
        found = _Found(int(label), float(chances[best] * looks), looks, kept, _CLUSTER)
        suspicions.append(_suspicion(shares, part, member, found))
    return suspicions


def _within(
    shares: Floats, labels: Labels, features: Floats, kept: npt.NDArray[np.intp], rng: np.random.Generator
) -> list[Suspicion]:
    suspicions, groups = [], np.unique(labels)
    for label in groups:
        rows = np.flatnonzero(labels == label)
        parts = spectral_clusters(features[rows], seed=int(rng.integers(2**31)), most=_MOST_PARTS)
        if not parts.any() or not (labels != label).any():
            continue
        found = standing(shares[rows].reshape(len(rows), -1), parts, rng=rng)
        corrected = np.minimum(found.p_values * len(groups), 1)
        if not corrected.size or corrected.min() > LEVEL:
            continue
        group = int(np.unravel_index(np.where(corrected <= LEVEL, found.z, -np.inf).argmax(), found.z.shape)[0])
        part = np.zeros(len(labels), bool)
        part[rows[parts == found.labels[group]]] = True
        about = _Found(int(label), float(corrected[group].min()), found.looks * len(groups), kept, _PART)
        suspicions.append(_suspicion(shares, part, labels == label, about))
    return suspicions


def _suspicion(shares: Floats, part: Mask, member: Mask, found: _Found) -> Suspicion:
    """A suspicion of a part (N,) of a class (N,); its place is where its maps exceed those of other classes."""
    compared = part | ~member
    excess = shares[part].mean(axis=0) - shares[~member].mean(axis=0)
    inside = region_around(shares[compared], part[compared], int(excess.argmax()))
    order = np.argsort(-shares[part][:, inside].sum(axis=1), kind="stable")
    share = float(part.sum() / member.sum())
    return Suspicion(
        kind="cluster",
        label=found.label,
        share=share,
        statistic=float(-np.log10(max(found.p_value, 1e-300))),
        p_value=found.p_value,
        looks=found.looks,
        images=tuple(int(row) for row in found.kept[np.flatnonzero(part)[order]]),
        place=bounding_place(inside),
        words=found.words.format(percent=100 * share),
    )
