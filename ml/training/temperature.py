"""Calibrates a classifier by temperature scaling: its logits are divided by one number, fit on held-out images.

Predictions do not change, and maps keep their shape (Guo et al. 2017, On Calibration of Modern Neural Networks,
section 4.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log

import keras
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from ml.evaluation.calibration import expected_calibration_error, reliability
from ml.evaluation.predictions import ScoredPredictions, score
from ml.models.classifier import LOGITS

LIMIT = 20.0
"""Limits the temperature and its inverse: a more extreme value would be an artefact of too few images."""


@dataclass(frozen=True)
class Calibration:
    """The temperature, and the expected calibration error before and after, on the images that it was fit on."""

    temperature: float
    error_before: float
    error_after: float


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int32]) -> Calibration:
    """The temperature with the least cross-entropy; 1 where no prediction is wrong, because it would go to 0 then.

    Args:
        logits: (n, K), of images that were not trained on.
        labels: (n,), their true classes.
    """
    before = score(logits, labels)
    if before.correct.all():
        error = _error(before)
        return Calibration(1.0, error, error)
    found = minimize_scalar(
        lambda power: score(logits / exp(power), labels).loss(), bounds=(-log(LIMIT), log(LIMIT)), method="bounded"
    )
    temperature = exp(float(found.x))
    return Calibration(temperature, _error(before), _error(score(logits / temperature, labels)))


def divide_logits(model: keras.Model, temperature: float) -> None:
    """Divide the weights of a classifier's head by a temperature, so that users of the model need not know it."""
    for variable in model.get_layer(LOGITS).trainable_variables:
        variable.assign(variable / temperature)


def _error(found: ScoredPredictions) -> float:
    return expected_calibration_error(reliability(found))
