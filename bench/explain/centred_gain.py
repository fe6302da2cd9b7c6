"""What the offset of raw logits costs: insertion − deletion of GradCAM, centred minus raw logit, image by image.

The models are as training left them: published ones are centred, and their raw logit is the centred one. Both maps
are of the predicted class. The interval is a percentile bootstrap over the images, of paired differences.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bench.explain.bootstrap import interval
from bench.explain.subject import Subject
from bench.explain.uncentred_models import Uncentred, fine_tuned, frozen, small_cnn
from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.quality.faithfulness import CurveName, curves
from ml.attribution.quality.faithfulness import Subject as Judged
from ml.attribution.quality.randomization import rank_correlation
from ml.attribution.quality.target_probability import target_probability
from ml.attribution.scores import CENTRED, Score

IMAGES, BATCH = 128, 32
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class _Maps:
    """GradCAM of all images by one score, and insertion − deletion of each, (n,)."""

    found: list[ImageExplanation]
    worth: Numbers

    @property
    def empty_share(self) -> float:
        return float(np.mean(["empty_cam" in each.methods["gradcam"].flags for each in self.found]))


def measure(subject: Subject) -> dict[str, object]:
    """``centred_gain`` with its interval, of the frozen network, and ``empty_cam_share`` with the default score."""
    return _gain(frozen(subject.places, images=IMAGES), "")


def measure_others(subject: Subject) -> dict[str, object]:
    """The same of the fine-tuned network and of SmallCNN."""
    return {
        **_gain(fine_tuned(subject.places, images=IMAGES), "_fine_tuned"),
        **_gain(small_cnn(subject.places, images=IMAGES), "_small_cnn"),
    }


def _gain(network: Uncentred, suffix: str) -> dict[str, object]:
    centred, raw = (_maps(network, score) for score in (CENTRED, Score("logit")))
    differences = centred.worth - raw.worth
    alike = [
        rank_correlation(one.methods["gradcam"].map, other.methods["gradcam"].map)
        for one, other in zip(centred.found, raw.found, strict=True)
    ]
    figures = {
        "centred_gain": float(differences.mean()),
        "centred_gain_interval": interval(differences.tolist(), np.mean),
        "centred_gain_images": len(differences),
        "centred_better_share": float(np.mean(differences > 0)),
        "insertion_minus_deletion_centred": float(centred.worth.mean()),
        "insertion_minus_deletion_logit": float(raw.worth.mean()),
        "rank_correlation_with_logit_p50": float(np.nanmedian(alike)),
        "empty_cam_share": centred.empty_share,
        "empty_cam_share_logit": raw.empty_share,
    }
    return {f"{name}{suffix}": value for name, value in figures.items()}


def _maps(network: Uncentred, score: Score) -> _Maps:
    options = ExplainOptions(network.feature_layer, methods=("gradcam",), score=score)
    found = Explainer(network.model, options).explain(network.images, [None] * len(network.images))
    judged = [
        Judged(image.astype(np.float32), each.methods["gradcam"].map, each.target)
        for image, each in zip(network.images, found, strict=True)
    ]
    probability = target_probability(network.model, batch_size=BATCH)

    def areas(curve: CurveName) -> Numbers:
        return np.asarray([each.area for each in curves(probability, judged, curve, batch_size=BATCH)])

    return _Maps(found, areas("insertion") - areas("deletion"))
