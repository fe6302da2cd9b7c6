"""The state of a training that a release has stored is read by this one, so that the training goes on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ml.training.checkpoint import read_state

STORED = sorted((Path(__file__).parents[3] / "contract" / "stored").rglob("training_state.npz"))


@pytest.mark.parametrize("path", STORED, ids=lambda path: path.parent.name)
def test_the_state_of_a_training_is_read(path: Path) -> None:
    state = read_state(path)
    assert (state.phase, state.epoch) == ("fine_tune", 7)
    assert state.arithmetic.bfloat16
    np.testing.assert_array_equal(state.model[0], np.arange(6, dtype=np.float32).reshape(2, 3))
    np.testing.assert_array_equal(state.raw[0], 2 * state.model[0])
    assert [int(array) for array in state.optimizer] == [3]


def test_there_is_a_state_of_a_release() -> None:
    assert STORED
