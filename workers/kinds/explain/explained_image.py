"""An image with its maps, as it is measured, drawn and recorded."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.attribution.explainer import ImageExplanation
from ml.data.datasets import Example

Values = dict[str, float]
"""Numbers by their name in ``jobs.results.measure.MEASURES``."""


@dataclass(frozen=True, eq=False)
class ExplainedImage:
    """An image (H, W, 3) uint8 as the model saw it, where it came from, and its maps."""

    example: Example
    image: npt.NDArray[np.uint8]
    explanation: ImageExplanation
