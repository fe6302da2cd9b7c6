from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from ml.models.importing.agreement import class_probabilities


@pytest.mark.parametrize(
    ("outputs", "probabilities"),
    [
        ([[0.2], [0.9]], [[0.8, 0.2], [0.1, 0.9]]),
        ([[0.0], [-9.0]], [[0.5, 0.5], [0.999877, 0.000123]]),
        ([[0.25, 0.75]], [[0.25, 0.75]]),
        ([[-1.386294, -0.287682]], [[0.25, 0.75]]),
        ([[4.0, 4.0]], [[0.5, 0.5]]),
    ],
)
def test_probabilities_are_read_from_outputs_by_their_values(outputs: Any, probabilities: Any) -> None:
    np.testing.assert_allclose(class_probabilities(np.array(outputs, np.float32)), probabilities, atol=1e-5)
