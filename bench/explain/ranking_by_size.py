"""How soon the ranking of pixels settles, and how soon δ does: uniform midpoints of growing number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import spearmanr

from bench.explain.path_profile import Densities, Profile, densities_of, difference, profile
from bench.explain.reference import map_error
from bench.explain.rules import midpoints
from bench.explain.subject import Subject
from ml.attribution.integrated_gradients.path_gradients import PathEnds

IMAGES = 8
COMPARED_SIZES = (8, 16, 32, 64, 128)

Table = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Settling:
    """Per image and size (IMAGES, sizes).

    Attributes:
        deltas: δ / (F(x) − F(x′)).
        correlations: Spearman's, of the map with the reference's.
        errors: Σ|map − reference| / Σ|reference|.
    """

    deltas: Table
    correlations: Table
    errors: Table


def settling(subject: Subject) -> Settling:
    """Evaluate the midpoints of the first images, once; then read them from the cache."""
    path = subject.places.cache / "settling-compared.npz"
    if not path.is_file():
        found = _evaluated(subject)
        np.savez(path, deltas=found.deltas, correlations=found.correlations, errors=found.errors)
    with np.load(path) as kept:
        return Settling(**kept)


def _evaluated(subject: Subject) -> Settling:
    densities = densities_of(subject.model)
    pairs = zip(subject.paths[:IMAGES], subject.references[:IMAGES], strict=True)
    rows = [[_compared(densities, ends, reference, size) for size in COMPARED_SIZES] for ends, reference in pairs]
    return Settling(*np.moveaxis(np.asarray(rows), -1, 0))


def _compared(densities: Densities, ends: PathEnds, reference: Profile, size: int) -> tuple[float, float, float]:
    nodes, weights = midpoints(size)
    found = profile(densities, ends, alphas=nodes, weights=weights)
    whole = difference(reference)
    return (
        float(weights @ found.slopes - whole) / whole,
        float(spearmanr(found.map, reference.map, axis=None).statistic),
        map_error(found.map, reference.map),
    )
