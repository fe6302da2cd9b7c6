"""Options of the explainer, and the explanation of one image."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt

from ml.attribution.added_method import AddedMethod
from ml.attribution.baselines import require_baseline
from ml.attribution.layer_methods import GRADCAM, LAYER_METHODS, Maps
from ml.attribution.scores import CENTRED, Score
from ml.attribution.small_difference import SMALL_DIFFERENCE
from ml.errors import MlError

RequestedPrecision = Literal["float32", "bfloat16", "auto"]
"""A precision, or ``auto`` to have ``ml.attribution.precision`` choose by the first images."""
Floats = npt.NDArray[np.float32]

INTEGRATED_GRADIENTS = "integrated_gradients"
METHODS = (*LAYER_METHODS, INTEGRATED_GRADIENTS)
PREDICTED, TRUE, TOP = "predicted", "true", "top:"
CONTRAST = "contrast"
# How many of the likeliest classes are reported for every image.
TOP_CLASSES = 5


@dataclass(frozen=True)
class ExplainOptions:
    """What to compute.

    Attributes:
        feature_layer: the layer whose activations are weighed by methods of a layer.
        methods: of ``METHODS``, and names of ``added``.
        added: methods that other packages add.
        target: ``predicted``, ``true``, a class index, or ``top:k`` for one map per class of the likeliest k.
        score: what is explained of the target; see ``ml.attribution.scores``.
        contrast: whether an image whose label is another than the prediction gets one more map by each method of a
            layer: of the prediction against the true class.
        baseline: where the paths of Integrated Gradients start; see ``ml.attribution.baselines``.
        tolerance: of |δ|, in units of |F(x) − F(x′)|, for each path.
        map_tolerance: of the map's estimated L1 error, in units of Σ|map|, for each path.
        max_evaluations: of F and its gradient, for each path.
        smallest_difference: where |F(x) − F(x′)| is less, in logits, the tolerance is of this much; 0: of what it is.
        batch_size: images per forward pass; None: chosen by ``ml.batch_size``.
        path_batch_size: points per evaluation of gradients; None: chosen by ``ml.batch_size``.
        noise_samples: explanations are averaged over this many noisy copies of the image (Smilkov et al. 2017,
            "SmoothGrad"); 0 for the image itself.
        noise_stddev: of the normal noise, as a share of the range 0 to 255.
        one_branch: whether layers bypass the feature layer; the explainer finds out by itself.
        precision: ``float32``, ``bfloat16``, or ``auto`` to have ``ml.attribution.precision`` choose by the first
            images.
    """

    feature_layer: str
    methods: tuple[str, ...] = (GRADCAM, INTEGRATED_GRADIENTS)
    added: tuple[AddedMethod, ...] = ()
    target: str | int = PREDICTED
    score: Score = CENTRED
    contrast: bool = False
    baseline: str = "black"
    tolerance: float = 0.05
    map_tolerance: float = 0.05
    max_evaluations: int = 512
    smallest_difference: float = SMALL_DIFFERENCE
    batch_size: int | None = None
    path_batch_size: int | None = None
    noise_samples: int = 0
    noise_stddev: float = 0.1
    one_branch: bool = False
    precision: RequestedPrecision = "float32"

    def __post_init__(self) -> None:
        """Refuse options that are wrong for every model.

        Raises:
            MlError: an unknown method, baseline or target, a class against itself, or noise with a standard deviation
                of 0 or less.
        """
        known = (*METHODS, *(method.name for method in self.added))
        if not self.methods or not set(known).issuperset(self.methods):
            raise MlError(f"methods {self.methods}: choose one or more of {', '.join(known)}")
        require_baseline(self.baseline)
        if isinstance(self.target, str) and self.target not in {PREDICTED, TRUE} and not self.top:
            raise MlError(f"target {self.target!r}: use 'predicted', 'true', 'top:<how many>' or a class index")
        if isinstance(self.target, int) and self.target == self.score.foil:
            raise MlError(f"score {str(self.score)!r} of target {self.target}: a class cannot be held against itself")
        if self.noise_samples < 0 or (self.noise_samples and self.noise_stddev <= 0):
            raise MlError(f"{self.noise_samples} noise samples of spread {self.noise_stddev}: both must be positive")

    @property
    def layer_methods(self) -> Mapping[str, Maps]:
        """Those that weigh the activations of the feature layer, by name."""
        known = {**LAYER_METHODS, **{method.name: method.layer_maps for method in self.added if method.of_layer}}
        return {name: known[name] for name in self.methods if name in known}

    @property
    def image_methods(self) -> tuple[AddedMethod, ...]:
        """Added ones that look at the pixels."""
        return tuple(method for method in self.added if method.name in self.methods and not method.of_layer)

    @property
    def top(self) -> int:
        """How many classes: k of the target ``top:k``, else 0."""
        target = self.target
        if not isinstance(target, str) or not target.startswith(TOP):
            return 0
        number = target.removeprefix(TOP)
        return int(number) if number.isascii() and number.isdigit() else 0


@dataclass(frozen=True, eq=False)
class MethodExplanation:
    """One heatmap.

    Attributes:
        method: of ``METHODS`` or ``ExplainOptions.added``.
        map: (S, S) float32, raw: never normalised.
        flags: ``empty_cam``, ``non_finite``, ``unconverged``, ``absolute_tolerance``, ``against_likeliest``,
            ``one_branch``.
        metrics: of Integrated Gradients ``value`` F(x), ``baseline_value`` F(x′), ``delta``, ``relative_delta``,
            ``judged_delta``, ``map_error``, ``cancellation`` and ``evaluations``; of a mean over several paths also
            ``paths`` and ``worst_relative_delta``, and then F(x), F(x′) and δ are means as well.
        target: the class that the map explains; None for the image's target.
        layer_map: (H, W) float32, the map as it was computed, of a method whose maps have the resolution of the
            feature layer; ``map`` is this one, enlarged by ``ml.attribution.gradcam.enlarged``. None of other methods.
        score: what is explained of that class.
        foil: the class that it is held against; None where it is held against none, or all.
        contrast: whether this is the map of the prediction against the true class, that comes beside those asked for.
        harder: which tolerance of Integrated Gradients was harder to reach, ``map`` or ``sum``; None of other methods.
    """

    method: str
    map: Floats
    flags: tuple[str, ...]
    metrics: Mapping[str, float]
    target: int | None = None
    layer_map: Floats | None = None
    score: Score = CENTRED
    foil: int | None = None
    contrast: bool = False
    harder: Literal["map", "sum"] | None = None


@dataclass(frozen=True, eq=False)
class ImageExplanation:
    """One image: the model's prediction and its heatmaps.

    Attributes:
        prediction: the likeliest class.
        confidence: its probability.
        top: class and probability of the five likeliest.
        target: the class explained.
        logits: (K,).
        methods: one explanation of the target under each method's name; for a target ``top:k`` also one of each
            further class, under ``<method>:<class>``, the likeliest first; for a wrong prediction also the map of the
            contrast under ``<method>:contrast``, where the options ask for it.
        class_maps: GradCAM (H, W) at the feature layer's own resolution, of the target, the true class where it is
            known, and the five likeliest classes, which cost nothing extra; all of the score that was asked for.
        feature_layer: the layer whose activations were weighed.
        baseline: where the paths of Integrated Gradients started.
        precision: ``float32`` or ``bfloat16``.
        error: why there are no maps, where a method failed on this image; else empty.
        features: (C,) float32, the means of the feature layer's channels over its places.
    """

    prediction: int
    confidence: float
    top: tuple[tuple[int, float], ...]
    target: int
    logits: Floats
    methods: Mapping[str, MethodExplanation]
    class_maps: Mapping[int, Floats] = field(default_factory=dict)
    feature_layer: str = ""
    baseline: str = ""
    precision: Literal["float32", "bfloat16"] = "float32"
    error: str = ""
    features: Floats | None = None


def method_key(method: str, target: int, first_target: int) -> str:
    """The key of a heatmap in ``ImageExplanation.methods``."""
    return method if target == first_target else f"{method}:{target}"
