"""Collects the results for one image after the forward pass, and builds its explanation from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from ml.attribution import gradcam
from ml.attribution.explanation import (
    INTEGRATED_GRADIENTS,
    TOP_CLASSES,
    ExplainOptions,
    ImageExplanation,
    MethodExplanation,
    method_key,
)
from ml.attribution.layer_methods import GRADCAM

Floats = npt.NDArray[np.float32]


@dataclass(eq=False)
class PartialExplanation:
    """The results for one image so far.

    Attributes:
        image: (S, S, 3) uint8.
        logits: (K,).
        classes: (M,) the target, the true class or else the prediction, then the likeliest classes in order.
        maps: by method of the layer (M, H, W), those of these classes.
        integrated_gradients: the map of each target, once it is known.
        added: the maps by methods that other packages add, by method and target.
        failure: why there are no maps, where such a method failed; else empty.
    """

    image: npt.NDArray[np.uint8]
    logits: Floats
    classes: npt.NDArray[np.int32]
    maps: Mapping[str, Floats]
    integrated_gradients: dict[int, MethodExplanation] = field(default_factory=dict)
    added: dict[tuple[str, int], MethodExplanation] = field(default_factory=dict)
    failure: str = ""

    def targets(self, options: ExplainOptions) -> tuple[int, ...]:
        """The classes to explain, the likeliest first."""
        first = 2 if options.top else 0
        return tuple(int(label) for label in self.classes[first : first + max(1, options.top)])

    def explanation(self, options: ExplainOptions) -> ImageExplanation:
        """The explanation, once all results are there."""
        targets = self.targets(options)
        top = self._top()
        return ImageExplanation(
            prediction=top[0][0],
            confidence=top[0][1],
            top=top,
            target=targets[0],
            logits=self.logits,
            methods={} if self.failure else self._methods(options, targets),
            class_maps=self._class_maps(GRADCAM) if GRADCAM in options.methods else {},
            feature_layer=options.feature_layer,
            baseline=options.baseline,
            precision="bfloat16" if options.precision == "bfloat16" else "float32",
            error=self.failure,
        )

    def _top(self) -> tuple[tuple[int, float], ...]:
        shares = np.exp(self.logits.astype(np.float64) - self.logits.max())
        shares /= shares.sum()
        best = self.classes[2 : 2 + min(TOP_CLASSES, len(shares))]
        return tuple((int(label), float(shares[label])) for label in best)

    def _class_maps(self, method: str) -> dict[int, Floats]:
        return {int(label): heatmap for label, heatmap in zip(self.classes, self.maps[method], strict=True)}

    def _methods(self, options: ExplainOptions, targets: tuple[int, ...]) -> Mapping[str, MethodExplanation]:
        return {
            method_key(method, target, targets[0]): self._explained(method, target)
            for method in options.methods
            for target in targets
        }

    def _explained(self, method: str, target: int) -> MethodExplanation:
        if method == INTEGRATED_GRADIENTS:
            return self.integrated_gradients[target]
        if (method, target) in self.added:
            return self.added[method, target]
        heatmap = self._class_maps(method)[target]
        enlarged, flags = gradcam.enlarged(heatmap, self.image.shape[0]), gradcam.flags(heatmap)
        return MethodExplanation(method, enlarged, flags, {}, target, layer_map=heatmap)
