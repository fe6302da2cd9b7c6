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

from ml.errors import MlError
from ml.evaluation.calibration import CalibrationError, calibration_error
from ml.evaluation.predictions import score
from ml.models.classifier import LOGITS

LIMIT = 20.0
"""Limits the temperature and its inverse: a more extreme value would be an artefact of too few images."""


@dataclass(frozen=True)
class Calibration:
    """The temperature, and the expected calibration error before and after, on the images that it was fit on."""

    temperature: float
    before: CalibrationError
    after: CalibrationError

    @property
    def error_before(self) -> float:
        """The expected calibration error at temperature 1."""
        return self.before.error

    @property
    def error_after(self) -> float:
        """The same at the temperature that was found."""
        return self.after.error


def fit_temperature(logits: NDArray[np.floating], labels: NDArray[np.int32]) -> Calibration:
    """The temperature with the least cross-entropy; 1 where no prediction is wrong, because it would go to 0 then.

    Args:
        logits: (n, K), of images that were not trained on.
        labels: (n,), their true classes; n at least 1.
    """
    before = _error(logits, labels)
    if score(logits, labels).correct.all():
        return Calibration(1.0, before, before)
    found = minimize_scalar(
        lambda power: score(logits / exp(power), labels).loss(), bounds=(-log(LIMIT), log(LIMIT)), method="bounded"
    )
    temperature = exp(float(found.x))
    return Calibration(temperature, before, _error(logits / temperature, labels))


def divide_logits(model: keras.Model, temperature: float) -> None:
    """Divide the weights of a classifier's head by a temperature, so that users of the model need not know it."""
    for variable in model.get_layer(LOGITS).trainable_variables:
        variable.assign(variable / temperature)


def _error(logits: NDArray[np.floating], labels: NDArray[np.int32]) -> CalibrationError:
    found = calibration_error(score(logits, labels))
    if found is None:
        raise MlError("there is no image to calibrate on")
    return found
