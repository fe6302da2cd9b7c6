"""Collects the results for one image after the forward pass, and builds its explanation from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from ml.attribution import gradcam
from ml.attribution.explanation import (
    CONTRAST,
    INTEGRATED_GRADIENTS,
    TOP_CLASSES,
    ExplainOptions,
    ImageExplanation,
    MethodExplanation,
    method_key,
)
from ml.attribution.layer_methods import GRADCAM
from ml.attribution.scores import AGAINST_TRUE, LIKELIEST_OTHER, NO_FOIL

Floats = npt.NDArray[np.float32]


@dataclass(eq=False)
class PartialExplanation:
    """The results for one image so far.

    Attributes:
        image: (S, S, 3) uint8.
        logits: (K,).
        asked: what the classes were to be held against, a class, ``NO_FOIL`` or ``LIKELIEST_OTHER``.
        label: the true class, or None where it is not known.
        classes: (M,) the target, the true class or else the prediction, then the likeliest classes in order, and last
            the prediction again, to be held against the true class.
        foils: (M,) what these are held against, classes or ``NO_FOIL``.
        maps: by method of the layer (M, H, W), those of these classes.
        features: (C,), pooled, of the layer.
        integrated_gradients: the map of each target, once it is known.
        added: the maps by methods that other packages add, by method and target.
        failure: why there are no maps, where such a method failed; else empty.
    """

    image: npt.NDArray[np.uint8]
    logits: Floats
    asked: int
    label: int | None
    classes: npt.NDArray[np.int32]
    foils: npt.NDArray[np.int32]
    maps: Mapping[str, Floats]
    features: Floats
    integrated_gradients: dict[int, MethodExplanation] = field(default_factory=dict)
    added: dict[tuple[str, int], MethodExplanation] = field(default_factory=dict)
    failure: str = ""

    def targets(self, options: ExplainOptions) -> tuple[int, ...]:
        """The classes to explain, the likeliest first."""
        first = 2 if options.top else 0
        return tuple(int(label) for label in self.classes[first : first + max(1, options.top)])

    def foil(self, target: int) -> int:
        """The class that one of the classes is held against, or ``NO_FOIL``."""
        return int(self.foils[self.classes.tolist().index(target)])

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
            methods={} if self.failure else {**self._methods(options, targets), **self._contrasts(options, targets)},
            class_maps=self._class_maps(GRADCAM) if GRADCAM in options.methods else {},
            feature_layer=options.feature_layer,
            baseline=options.baseline,
            precision="bfloat16" if options.precision == "bfloat16" else "float32",
            error=self.failure,
            features=self.features,
        )

    def _top(self) -> tuple[tuple[int, float], ...]:
        shares = np.exp(self.logits.astype(np.float64) - self.logits.max())
        shares /= shares.sum()
        best = self.classes[2 : 2 + min(TOP_CLASSES, len(shares))]
        return tuple((int(label), float(shares[label])) for label in best)

    def _class_maps(self, method: str) -> dict[int, Floats]:
        maps = zip(self.classes[:-1], self.maps[method][:-1], strict=True)
        return {int(label): heatmap for label, heatmap in maps}

    def _methods(self, options: ExplainOptions, targets: tuple[int, ...]) -> Mapping[str, MethodExplanation]:
        return {
            method_key(method, target, targets[0]): self._explained(method, target, options)
            for method in options.methods
            for target in targets
        }

    def _explained(self, method: str, target: int, options: ExplainOptions) -> MethodExplanation:
        if method == INTEGRATED_GRADIENTS:
            found = self.integrated_gradients[target]
        elif (method, target) in self.added:
            found = self.added[method, target]
        else:
            found = self._of_layer(method, target, self._class_maps(method)[target], options)
        foil = self.foil(target)
        moved = foil != NO_FOIL and self.asked not in {foil, LIKELIEST_OTHER}
        return replace(
            found,
            score=options.score,
            foil=None if foil == NO_FOIL else foil,
            flags=(*found.flags, "against_likeliest") if moved else found.flags,
        )

    def _contrasts(self, options: ExplainOptions, targets: tuple[int, ...]) -> Mapping[str, MethodExplanation]:
        """The prediction against the true class, where they differ and no other map is of just that."""
        prediction, label = int(self.classes[-1]), self.label
        known = any(target == prediction and self.foil(target) == label for target in targets)
        if not options.contrast or label is None or label == prediction or known:
            return {}
        return {
            f"{method}:{CONTRAST}": replace(
                self._of_layer(method, prediction, self.maps[method][-1], options),
                score=AGAINST_TRUE,
                foil=label,
                contrast=True,
            )
            for method in options.layer_methods
        }

    def _of_layer(self, method: str, target: int, heatmap: Floats, options: ExplainOptions) -> MethodExplanation:
        enlarged, flags = gradcam.enlarged(heatmap, self.image.shape[:2]), gradcam.flags(heatmap)
        flags = (*flags, "one_branch") if options.one_branch else flags
        return MethodExplanation(method, enlarged, flags, {}, target, layer_map=heatmap)
