"""What is true, or close to it: each path on 3,073 uniform nodes. Made once and kept on disk, as it takes minutes.

The grid of 3,072 = 3 · 2¹⁰ intervals holds the nodes of uniform midpoints of many sizes exactly, and has a node within
1/6,144 of any other rule's: what such a rule would find is read off it.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import Densities, Images, Profile, densities_of, profile
from bench.explain.real_model import Places

INTERVALS = 3072
MIDPOINT_SIZES = (16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1536)
GAUSS_SIZES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)


def references(places: Places, model: keras.Model, images: Images) -> list[Profile]:
    """The fine profile of each image for its predicted class, by the trapezoidal rule."""
    densities = densities_of(model)
    targets = predicted(model, images)
    return [
        _kept(places.cache / f"reference-{index:03d}.npz", densities, image, target)
        for index, (image, target) in enumerate(zip(images, targets, strict=True))
    ]


def predicted(model: keras.Model, images: Images) -> npt.NDArray[np.int64]:
    """The class that the model says, (n,)."""
    logits = [np.asarray(model(image[None].astype(np.float32), training=False))[0] for image in images]
    return np.argmax(logits, axis=1)


def midpoint_delta(reference: Profile, size: int) -> float:
    """The signed δ of uniform midpoints, whose nodes are among those of the reference."""
    step = INTERVALS // size
    slopes = reference.slopes[step // 2 :: step]
    return float(slopes.mean() - difference(reference))


def gauss_delta(reference: Profile, size: int) -> float:
    """The signed δ of Gauss–Legendre, each node moved to the nearest of the reference."""
    nodes, weights = np.polynomial.legendre.leggauss(size)
    nearest = np.rint((nodes + 1) / 2 * INTERVALS).astype(int)
    return float(weights / 2 @ reference.slopes[nearest] - difference(reference))


def difference(reference: Profile) -> float:
    """F(x) − F(x′)."""
    return float(reference.values[-1] - reference.values[0])


def _kept(path: Path, densities: Densities, image: Images, target: int) -> Profile:
    if not path.is_file():
        alphas = np.linspace(0, 1, INTERVALS + 1)
        weights = np.full(INTERVALS + 1, 1 / INTERVALS)
        weights[[0, -1]] /= 2
        np.savez(path, **asdict(profile(densities, image, target, alphas=alphas, weights=weights)))
    with np.load(path) as kept:
        return Profile(**kept)
