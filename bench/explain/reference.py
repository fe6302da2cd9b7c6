"""What is true, or close to it: each path on 2,049 nodes. Made once and kept on disk, as it takes half an hour.

The nodes are 1/3,072 apart where F changes most, up to α = 1/3, and twice that beyond. As 3,072 = 3 · 2¹⁰, the nodes of
uniform midpoints of many sizes are among them; those of other rules are moved to the nearest, by 1/3,072 at most.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt

from bench.explain.path_profile import Densities, Floats, Images, Profile, densities_of, profile
from bench.explain.real_model import Places
from ml.attribution.integrated_gradients.quadrature import trapezoid_weights

FINEST, FINE_UNTIL = 3072, 1024


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


def nearest(reference: Profile, alphas: Floats) -> npt.NDArray[np.int64]:
    """Which nodes of the reference stand for these places."""
    between = (reference.alphas[1:] + reference.alphas[:-1]) / 2
    return np.searchsorted(between, alphas).astype(np.int64)


def difference(reference: Profile) -> float:
    """F(x) − F(x′)."""
    return float(reference.values[-1] - reference.values[0])


def _kept(path: Path, densities: Densities, image: Images, target: int) -> Profile:
    if not path.is_file():
        steps = np.concatenate([np.arange(FINE_UNTIL), np.arange(FINE_UNTIL, FINEST + 1, 2)])
        alphas = steps / FINEST
        weights = trapezoid_weights(alphas)
        np.savez(path, **asdict(profile(densities, image, target, alphas=alphas, weights=weights)))
    with np.load(path) as kept:
        return Profile(**kept)
