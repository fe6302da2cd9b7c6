"""Densely sampled paths of the study images: ``python -m bench.explain.refinement_study`` tries rules on them.

513 nodes α = (i/512)², on which intervals can be halved in √α without another evaluation. Of each map 8,192 pixels
are kept, drawn once for all: enough for L1 errors, and 17 MB per image.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import BATCH, Densities, Floats, densities_of
from bench.explain.real_model import IMAGE_SIZE, real_images
from bench.explain.reference import predicted
from bench.explain.subject import Subject, path_ends
from ml.attribution.integrated_gradients.path_gradients import PathEnds
from ml.attribution.integrated_gradients.quadrature import trapezoid_weights

STUDIED = (
    (700, "black"),
    (701, "black"),
    (702, "black"),
    (703, "blur"),
    (704, "random:1"),
    (705, "black"),
    (706, "white"),
    (707, "random:1"),
)
"""Test images and their baselines; none of them is among those that the figures are measured on."""
LAST, PIXELS = 512, 8192
Nodes = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class DensePath:
    """F, its slope and the kept pixels of its map at each node: (n,), (n,), (n, PIXELS) float32."""

    values: Floats
    slopes: Floats
    maps: npt.NDArray[np.float32]

    @property
    def alphas(self) -> Floats:
        """The nodes, (n,)."""
        return np.asarray((np.arange(LAST + 1) / LAST) ** 2)

    def error(self, nodes: Nodes, weights: Floats | None = None) -> float:
        """Σ|map − true map| / Σ|true map| of a rule on some of the nodes; by default the trapezoidal rule."""
        chosen = trapezoid_weights(self.alphas[nodes]) if weights is None else weights
        true = trapezoid_weights(self.alphas) @ self.maps
        return float(np.abs(chosen @ self.maps[nodes] - true).sum() / np.abs(true).sum())


def dense_paths(subject: Subject) -> list[DensePath]:
    """Of the study images; made once and kept."""
    images, _ = real_images(subject.places, STUDIED[-1][0] + 1)
    densities = densities_of(subject.model)
    return [
        _kept(subject.places.cache / f"dense-{row}.npz", densities, _ends(subject, images[row], baseline))
        for row, baseline in STUDIED
    ]


def _ends(subject: Subject, image: npt.NDArray[np.uint8], baseline: str) -> PathEnds:
    return path_ends(image, baseline, target=int(predicted(subject.model, image[None])[0]))


def _kept(path: Path, densities: Densities, ends: PathEnds) -> DensePath:
    if not path.is_file():
        np.savez(path, **asdict(_evaluated(densities, ends)))
    with np.load(path) as kept:
        return DensePath(**kept)


def _evaluated(densities: Densities, ends: PathEnds) -> DensePath:
    pixels = np.sort(np.random.default_rng(5).choice(IMAGE_SIZE**2, PIXELS, replace=False))
    alphas = ((np.arange(LAST + 1) / LAST) ** 2).astype(np.float32)
    values, slopes, maps = np.empty(LAST + 1), np.empty(LAST + 1), np.empty((LAST + 1, PIXELS), np.float32)
    for start in range(0, LAST + 1, BATCH):
        part = slice(start, min(start + BATCH, LAST + 1))
        count = part.stop - part.start
        found, densest = (np.asarray(each)[:count] for each in densities(ends, np.resize(alphas[part], BATCH)))
        values[part], slopes[part] = found, densest.sum(axis=(1, 2), dtype=np.float64)
        maps[part] = densest.reshape(count, -1)[:, pixels]
    return DensePath(values, slopes, maps)
