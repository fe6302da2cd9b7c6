"""Tests whether a map depends on what the model has learnt: the model randomisation test.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3. The same image is explained by the model after part
of its weights was drawn at random. A map that stays the same shows the picture (edges, for example), not the model.
Maps are compared by Spearman's rank correlation, also of their magnitudes, because a signed map may keep its places
and change its signs.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import keras
import numpy as np
import numpy.typing as npt
from scipy.stats import rankdata

from ml.errors import MlError

Floats = npt.NDArray[np.float32]
Part = Literal["head", "backbone"]
PARTS: tuple[Part, ...] = ("head", "backbone")
_ONES = ("gamma", "moving_variance", "scale")


@dataclass(frozen=True)
class Similarity:
    """Spearman's rank correlation of two maps, and of their magnitudes; NaN where a map is constant or not finite."""

    signed: float
    magnitude: float


def similarity(one: Floats, other: Floats) -> Similarity:
    """Compare two maps (S, S) of one image."""
    return Similarity(rank_correlation(one, other), rank_correlation(np.abs(one), np.abs(other)))


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rho over all pixels, ties at their mean rank; NaN of a constant map or one that is not finite."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.nan
    first, second = (rankdata(each.ravel()) for each in (one, other))
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale > 0 else np.nan


def randomize(model: keras.Model, part: Part, *, feature_layer: str, seed: int = 0) -> None:
    """Reset one part of a model to untrained weights, in place; the same for the same seed.

    Kernels are drawn from a normal distribution of variance 1/fan-in, whatever initializer their layer has (a head
    of zeros would give empty maps); biases and normalisations get their initial values. Input preprocessing
    (``Normalization``) stays.

    Args:
        part: ``head`` is everything after the feature layer, ``backbone`` everything up to it.
        feature_layer: the layer whose activations GradCAM weights.

    Raises:
        MlError: that part has no weights.
    """
    drawn = 0
    for layer in _leaves(_layers(model, part, feature_layer)):
        for number, weight in enumerate(layer.weights):
            if "float" in str(weight.dtype):
                weight.assign(_untrained(layer, weight, seed=zlib.crc32(f"{seed}/{layer.name}/{number}".encode())))
                drawn += 1
    if not drawn:
        raise MlError(f"the {part} of the model has no weights to randomise: leave out the metric randomization")


def _layers(model: keras.Model, part: Part, feature_layer: str) -> Sequence[Any]:
    at = [operation.name for operation in model.operations].index(feature_layer) + 1
    return list(model.operations[at:] if part == "head" else model.operations[:at])


def _leaves(layers: Sequence[Any]) -> Iterator[Any]:
    """Layers that hold weights themselves, those inside nested models included."""
    for layer in layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer.layers)
        elif isinstance(layer, keras.Layer) and not isinstance(layer, keras.layers.Normalization):
            yield layer


def _untrained(layer: Any, weight: Any, *, seed: int) -> Floats:
    shape = tuple(weight.shape)
    if len(shape) < 2:
        return np.full(shape, float(weight.name in _ONES), np.float32)
    per_channel = isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
    fan_in = np.prod(shape[:-2] if per_channel else shape[:-1])
    return np.random.default_rng(seed).normal(0, fan_in**-0.5, shape).astype(np.float32)
