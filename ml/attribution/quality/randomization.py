"""Tests whether a map depends on what the model has learnt: the model randomisation test.

Adebayo et al. 2018, "Sanity Checks for Saliency Maps", section 3.1, cascading randomisation: the weights of the model
are drawn at random from the head down, and at each stage the same image is explained again. A map that stays the same
shows the picture (edges, for example), not the model. Maps are compared by Spearman's rank correlation, also of their
magnitudes, because a signed map may keep its places and change its signs.
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
BACKBONE_STAGES = 4
"""Stages below the head, at most; the paper has one for each layer."""
STAGES = 1 + BACKBONE_STAGES
_ONES = ("gamma", "moving_variance", "scale")

LeftOut = Literal["constant", "randomized_constant", "not_finite", "randomized_not_finite"]
"""Why two maps have no rank correlation: which of them is constant or not finite."""


@dataclass(frozen=True)
class Similarity:
    """Spearman's rank correlation of two maps, and of their magnitudes; NaN where ``left_out`` says why."""

    signed: float
    magnitude: float
    left_out: LeftOut | None = None


def similarity(one: Floats, randomized: Floats) -> Similarity:
    """Compare two maps (S, S) of one image, the second that of a randomised model."""
    reason = _left_out(one, randomized)
    if reason is not None:
        return Similarity(np.nan, np.nan, reason)
    return Similarity(rank_correlation(one, randomized), rank_correlation(np.abs(one), np.abs(randomized)))


def _left_out(one: Floats, randomized: Floats) -> LeftOut | None:
    if not np.isfinite(one).all():
        return "not_finite"
    if not np.isfinite(randomized).all():
        return "randomized_not_finite"
    if one.min() == one.max():
        return "constant"
    return "randomized_constant" if randomized.min() == randomized.max() else None


def rank_correlation(one: Floats, other: Floats) -> float:
    """Spearman's rho over all pixels, ties at their mean rank; NaN of a constant map or one that is not finite."""
    if not (np.isfinite(one).all() and np.isfinite(other).all()):
        return np.nan
    first, second = (rankdata(each.ravel()) for each in (one, other))
    first, second = first - first.mean(), second - second.mean()
    scale = np.sqrt((first @ first) * (second @ second))
    return float(first @ second / scale) if scale > 0 else np.nan


def cascade(model: keras.Model, *, feature_layer: str) -> tuple[str, ...]:
    """The lowest layer that each stage draws anew; a stage draws everything above it as well.

    The first stage is the head. The others divide the layers with kernels up to the feature layer into groups of equal
    number, the last group first; there are fewer where there are fewer such layers.

    Args:
        model: a functional model.
        feature_layer: the layer whose activations GradCAM weighs; what comes after it is the head.

    Raises:
        MlError: the head has no weights.
    """
    return tuple(layers[0].name for layers in _stages(model, feature_layer))


def randomize(model: keras.Model, stage: int, *, feature_layer: str, seed: int = 0) -> None:
    """Reset a model's layers down to those of a stage to untrained weights, in place; the same for the same seed.

    Kernels are drawn from a normal distribution of variance 1/fan-in, whatever initializer their layer has (a head
    of zeros would give empty maps); biases and normalisations get their initial values. Input preprocessing
    (``Normalization``) stays. A later stage draws the same weights for the layers of an earlier one.

    Args:
        model: a functional model.
        stage: place in ``cascade``, from 0.
        feature_layer: the layer whose activations GradCAM weighs.

    Raises:
        MlError: the head has no weights.
    """
    for layer in (layer for layers in _stages(model, feature_layer)[: stage + 1] for layer in layers):
        for number, weight in enumerate(layer.weights):
            if "float" in str(weight.dtype):
                weight.assign(_untrained(layer, weight, seed=zlib.crc32(f"{seed}/{layer.name}/{number}".encode())))


def _stages(model: keras.Model, feature_layer: str) -> list[Sequence[Any]]:
    """The layers with weights that each stage adds, in the order of the model."""
    at = [operation.name for operation in model.operations].index(feature_layer) + 1
    head, backbone = (_weighted(layers) for layers in (model.operations[at:], model.operations[:at]))
    if not head:
        raise MlError("the head of the model has no weights to randomise: leave out the metric randomization")
    return [head, *_groups(backbone)]


def _groups(layers: Sequence[Any]) -> list[Sequence[Any]]:
    """Layers divided where a kernel begins, into groups with as many kernels each; the last group first."""
    kernels = [place for place, layer in enumerate(layers) if any(len(each.shape) > 1 for each in layer.weights)]
    firsts = [int(group[0]) for group in np.array_split(kernels, BACKBONE_STAGES) if len(group)]
    starts = [0, *firsts[1:]]
    groups = [layers[start:end] for start, end in zip(starts, [*starts[1:], len(layers)], strict=True)]
    return [group for group in reversed(groups) if group]


def _weighted(layers: Sequence[Any]) -> list[Any]:
    return [layer for layer in _leaves(layers) if any("float" in str(weight.dtype) for weight in layer.weights)]


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
    fan_in = np.prod(shape[:-2] if _is_per_channel(layer, weight) else shape[:-1])
    return np.random.default_rng(seed).normal(0, fan_in**-0.5, shape).astype(np.float32)


def _is_per_channel(layer: Any, weight: Any) -> bool:
    """Whether each output of a kernel (…, C, M) comes from one channel."""
    separable = isinstance(layer, keras.layers.SeparableConv1D | keras.layers.SeparableConv2D)
    depthwise = isinstance(layer, keras.layers.DepthwiseConv1D | keras.layers.DepthwiseConv2D)
    return depthwise or (separable and weight.name == "depthwise_kernel")
