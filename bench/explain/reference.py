"""Reference maps: each path on 2,049 nodes, close to the exact map. Made once and kept: 24 images take 20 minutes.

The nodes are 1/3,072 apart where F changes most, up to α = 1/3, and twice that beyond. As 3,072 = 3 · 2¹⁰, the nodes of
uniform midpoints of many sizes are among them; those of other rules are moved to the nearest, by 1/3,072 at most. The
maps of all fixed rules are summed up in the same pass, as the maps of all nodes would need 400 MB per image.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import Densities, Floats, Profile, densities_of, nearest, profile
from bench.explain.real_model import Places
from bench.explain.rules import RULES, SIZES
from ml.attribution.integrated_gradients.path_gradients import PathEnds
from ml.attribution.integrated_gradients.quadrature import trapezoid_weights

FINEST, FINE_UNTIL = 3072, 1024


@dataclass(frozen=True, eq=False)
class Reference(Profile):
    """The fine profile of a path, and how well the fixed rules do on it.

    Attributes:
        rule_errors: (rules, sizes) Σ|map − true map| / Σ|true map| of ``RULES`` at ``SIZES``.
    """

    rule_errors: Floats


def references(places: Places, model: keras.Model, paths: Sequence[PathEnds]) -> list[Reference]:
    """The reference of each path, by the trapezoidal rule."""
    densities = densities_of(model)
    return [_kept(places.cache / f"map-reference-{index:03d}.npz", densities, ends) for index, ends in enumerate(paths)]


def predicted(model: keras.Model, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """The class that the model says, (n,)."""
    logits = [np.asarray(model(image[None].astype(np.float32), training=False))[0] for image in images]
    return np.argmax(logits, axis=1)


def map_error(found: npt.NDArray[np.floating[Any]], true: npt.NDArray[np.floating[Any]]) -> float:
    """Σ|map − true map| / Σ|true map|, of maps (S, S)."""
    return float(np.abs(found - true).sum(dtype=np.float64) / np.abs(true).sum(dtype=np.float64))


def _kept(path: Path, densities: Densities, ends: PathEnds) -> Reference:
    if not path.is_file():
        np.savez(path, **asdict(_evaluated(densities, ends)))
    with np.load(path) as kept:
        return Reference(**kept)


def _evaluated(densities: Densities, ends: PathEnds) -> Reference:
    steps = np.concatenate([np.arange(FINE_UNTIL), np.arange(FINE_UNTIL, FINEST + 1, 2)])
    alphas = steps / FINEST
    rows = [trapezoid_weights(alphas), *(_moved(*rule(size), alphas) for rule in RULES.values() for size in SIZES)]
    found = profile(densities, ends, alphas=alphas, weights=np.stack(rows))
    true, maps = found.map[0], found.map[1:]
    errors = np.array([map_error(each, true) for each in maps]).reshape(len(RULES), len(SIZES))
    return Reference(alphas, found.values, found.slopes, true, errors)


def _moved(nodes: Floats, weights: Floats, alphas: Floats) -> Floats:
    """The weights (n,) of a rule whose nodes are moved to the nearest of n places."""
    return np.bincount(nearest(alphas, nodes), weights, minlength=len(alphas)).astype(np.float64)
