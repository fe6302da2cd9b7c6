"""How many of the images that were changed got another prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.evaluation.predictions import wilson_interval

LEAST_MEASURED = 0.15
"""Share of images, pasted or removed, from which a suspicion can be a shortcut; chosen on the cases of choice.

A network uses something if planting it turns or removing it costs 20 %, but what an audit finds is not all of it.
"""
LEAST_SHARPNESS = 0.2
"""The same of sharpness and blur, in which classes differ by nature; chosen on the cases of choice, too."""


@dataclass(frozen=True)
class Effect:
    """``changed`` of ``of`` images, and Wilson's 95 % interval of the share."""

    changed: int
    of: int
    share: float
    low: float
    high: float


def least_measured(kind: str) -> float:
    """Share of images from which a suspicion of this kind can be a shortcut."""
    return LEAST_SHARPNESS if kind == "blur" else LEAST_MEASURED


def effect(changed: npt.NDArray[np.bool_]) -> Effect:
    """The effect on images (n,); of none, the share is 0 and the interval is 0 to 1."""
    count, of = int(changed.sum()), len(changed)
    low, high = wilson_interval(count, of)
    return Effect(count, of, count / of if of else 0.0, low, high)


NO_EFFECT = effect(np.zeros(0, bool))
"""The effect where no image was changed."""
