"""Explaining images with a classifier: prediction, GradCAM and Integrated Gradients, batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import keras
import numpy as np
import numpy.typing as npt

from ml import gradcam
from ml.baselines import baselines
from ml.classifier_functions import ClassifierFunctions, classifier_functions
from ml.errors import MlError
from ml.integrated_gradients import Accuracy, Attribution, integrate

Images = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
Scalar = TypeVar("Scalar", bound=np.generic)

TOP = 5
# Images whose paths are integrated together; bounds the memory for nodes.
GROUP_SIZE = 8


@dataclass(frozen=True)
class ExplainOptions:
    """What to compute.

    Attributes:
        target: ``predicted``, ``true`` or a class index.
        feature_layer: whose activations GradCAM weighs.
    """

    feature_layer: str
    methods: tuple[str, ...] = ("gradcam", "integrated_gradients")
    target: str | int = "predicted"
    baseline: str = "black"
    tolerance: float = 0.05
    max_evaluations: int = 512
    batch_size: int = 16
    path_batch_size: int = 32


@dataclass(frozen=True, eq=False)
class MethodExplanation:
    """One method's heatmap: ``map`` (S, S) float32, raw."""

    method: str
    map: Floats
    flags: tuple[str, ...]
    metrics: Mapping[str, float]


@dataclass(frozen=True, eq=False)
class ImageExplanation:
    """One image: what the model says, and why. ``logits`` is (K,), ``top`` holds class and probability."""

    prediction: int
    confidence: float
    top: tuple[tuple[int, float], ...]
    target: int
    logits: Floats
    methods: Mapping[str, MethodExplanation]


class Explainer:
    """Explains any number of images with one model; compiled once, results do not depend on the batch."""

    def __init__(self, model: keras.Model, options: ExplainOptions) -> None:
        self._options = options
        self._functions: ClassifierFunctions = classifier_functions(
            model,
            feature_layer=options.feature_layer,
            batch_size=options.batch_size,
            group_size=GROUP_SIZE,
            path_batch_size=options.path_batch_size,
        )
        target = options.target
        if isinstance(target, int) and not 0 <= target < self._functions.num_classes:
            raise MlError(f"target {target}: the model has classes 0 to {self._functions.num_classes - 1}")

    def explain(
        self, images: Images, labels: Sequence[int | None], *, check: Callable[[], None] = lambda: None
    ) -> list[ImageExplanation]:
        """Explain images, in order.

        Args:
            images: (n, S, S, 3) uint8 raw RGB, n at least 1.
            labels: n true classes, or None where not known.
            check: called between compiled calls; may raise to stop.

        Raises:
            MlError: the images have another size than the model's, or a target needs a label that is missing.
        """
        size = self._functions.image_size
        if images.ndim != 4 or images.shape[1:] != (size, size, 3) or len(images) != len(labels):
            raise MlError(
                f"images {images.shape} with {len(labels)} labels: expected (n, {size}, {size}, 3) and n labels"
            )
        explained: list[ImageExplanation] = []
        for start in range(0, len(images), self._options.batch_size):
            check()
            part = slice(start, start + self._options.batch_size)
            explained += self._explain_batch(images[part].astype(np.float32), labels[part], check)
        return explained

    def _explain_batch(
        self, images: Floats, labels: Sequence[int | None], check: Callable[[], None]
    ) -> list[ImageExplanation]:
        count = len(images)
        padded = _padded(images, self._options.batch_size)
        features, logits = (np.asarray(part) for part in self._functions.features_and_logits(padded))
        targets = self._targets(logits[:count], labels)
        found: list[dict[str, MethodExplanation]] = [{} for _ in range(count)]
        for method in self._options.methods:
            maps = (
                self._gradcam(features, targets)
                if method == "gradcam"
                else self._integrated_gradients(images, targets, check)
            )
            for one, explanation in zip(found, maps, strict=True):
                one[method] = explanation
        return [_image_explanation(logits[row], int(targets[row]), found[row]) for row in range(count)]

    def _targets(self, logits: Floats, labels: Sequence[int | None]) -> Ints:
        target = self._options.target
        if target == "predicted":
            return np.asarray(logits.argmax(axis=1), np.int32)
        if isinstance(target, int):
            return np.full(len(logits), target, np.int32)
        missing = [row for row, label in enumerate(labels) if label is None]
        if missing:
            raise MlError(f"target 'true' needs labels, and images {missing} of the batch have none")
        return np.asarray(labels, np.int32)

    def _gradcam(self, features: Floats, targets: Ints) -> list[MethodExplanation]:
        functions, count = self._functions, len(targets)
        height, width = features.shape[1:3]
        if functions.head_weights is not None:
            weights = gradcam.closed_form_weights(functions.head_weights, targets, height=height, width=width)
        else:
            gradients = functions.feature_gradient(features, _padded(targets, len(features)))
            weights = gradcam.gradient_weights(np.asarray(gradients)[:count])
        maps = gradcam.weighted_maps(features[:count], weights)
        return [
            MethodExplanation("gradcam", gradcam.enlarged(heatmap, functions.image_size), gradcam.flags(heatmap), {})
            for heatmap in maps
        ]

    def _integrated_gradients(
        self, images: Floats, targets: Ints, check: Callable[[], None]
    ) -> list[MethodExplanation]:
        accuracy = Accuracy(self._options.tolerance, self._options.max_evaluations)
        results: list[Attribution] = []
        for start in range(0, len(images), GROUP_SIZE):
            group = images[start : start + GROUP_SIZE]
            results += integrate(
                self._integrand(group, targets[start : start + GROUP_SIZE]),
                range(len(group)),
                accuracy=accuracy,
                batch_size=self._options.path_batch_size,
                check=check,
            )
        return [_ig_explanation(result) for result in results]

    def _integrand(self, images: Floats, targets: Ints) -> Callable[[Ints, Floats], tuple[Floats, Floats]]:
        """F and its attribution density on the paths from the baselines to these images."""
        ends = _padded(images, GROUP_SIZE)
        starts = _padded(baselines(self._options.baseline, images), GROUP_SIZE)
        size = self._options.path_batch_size

        def integrand(rows: Ints, alphas: Floats) -> tuple[Floats, Floats]:
            values, maps = self._functions.path(
                ends, starts, _padded(rows, size), _padded(alphas, size), _padded(targets[rows], size)
            )
            return np.asarray(values)[: len(rows)], np.asarray(maps)[: len(rows)]

        return integrand


def _padded(values: npt.NDArray[Scalar], size: int) -> npt.NDArray[Scalar]:
    """The values, filled up with copies of the first to ``size`` rows."""
    return np.concatenate([values, np.repeat(values[:1], size - len(values), axis=0)])


def _image_explanation(logits: Floats, target: int, methods: Mapping[str, MethodExplanation]) -> ImageExplanation:
    shares = np.exp(logits.astype(np.float64) - logits.max())
    shares /= shares.sum()
    best = np.argsort(-shares, kind="stable")[:TOP]
    top = tuple((int(label), float(shares[label])) for label in best)
    return ImageExplanation(top[0][0], top[0][1], top, target, logits, methods)


def _ig_explanation(result: Attribution) -> MethodExplanation:
    metrics = {
        "value": result.value,
        "baseline_value": result.baseline_value,
        "delta": result.delta,
        "relative_delta": result.relative_delta,
        "evaluations": float(result.evaluations),
    }
    return MethodExplanation("integrated_gradients", result.map, result.flags, metrics)
