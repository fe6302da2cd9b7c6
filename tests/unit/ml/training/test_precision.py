from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import keras
import numpy as np
import pytest

from ml.training import precision as module
from ml.training.precision import Arithmetic, fastest_arithmetic
from ml.training.train import train
from tests.unit.ml.conftest import options_for

PLAIN, COARSE = Arithmetic(), Arithmetic(bfloat16=True)


def choose(monkeypatch: pytest.MonkeyPatch, seconds: dict[Arithmetic, float]) -> Arithmetic:
    """What ``auto`` chooses where a step takes so long."""
    under_test: list[Arithmetic] = []

    def step_with(candidate: Arithmetic) -> Callable[[], object]:
        under_test.append(candidate)
        return lambda: None

    monkeypatch.setattr(module, "fastest_step_s", lambda _: seconds[under_test[-1]])
    return fastest_arithmetic("auto", step_with)


def test_bfloat16_is_chosen_where_it_is_clearly_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose(monkeypatch, {PLAIN: 1.0, COARSE: 0.5}) == COARSE


@pytest.mark.parametrize("seconds", [0.95, 1.0, 3.0])
def test_float32_stays_where_bfloat16_hardly_pays(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    assert choose(monkeypatch, {PLAIN: 1.0, COARSE: seconds}) == PLAIN


def test_a_precision_that_is_named_is_not_measured() -> None:
    def never(_: Arithmetic) -> Callable[[], object]:
        raise AssertionError("nothing is to be measured")

    assert fastest_arithmetic("float32", never) == PLAIN
    assert fastest_arithmetic("bfloat16", never) == COARSE


@pytest.mark.usefixtures("few_flowers")
def test_what_learns_in_bfloat16_is_published_in_float32(tmp_path: Path) -> None:
    options = options_for("SmallCNN", precision="bfloat16", epochs=1)
    result = train(options, directory=tmp_path, on_epoch=lambda _: None, on_batch=lambda _: None)
    assert {layer.compute_dtype for layer in result.model.layers} == {"float32"}
    assert np.isfinite(result.history[-1].loss)
    assert keras.config.dtype_policy().name == "float32"
