"""No image's explanation depends on the batch that it was computed in."""

from __future__ import annotations

from functools import lru_cache

import keras
import numpy as np
import pytest

from ml.attribution.explainer import Explainer, ExplainOptions, ImageExplanation
from ml.attribution.explanation import METHODS
from tests.unit.ml.small_networks import IMAGES, LABELS, network


@lru_cache
def model() -> keras.Model:
    return network()


def explainer_with(**changes: object) -> Explainer:
    return Explainer(model(), ExplainOptions(**{"feature_layer": "features", "batch_size": 5, **changes}))  # type: ignore[arg-type]


def explain(**changes: object) -> list[ImageExplanation]:
    return explainer_with(**changes).explain(IMAGES, LABELS)


@lru_cache
def one_by_one(precision: str) -> list[ImageExplanation]:
    options = ExplainOptions("features", METHODS, batch_size=1, path_batch_size=8, precision=precision)  # type: ignore[arg-type]
    explainer = Explainer(model(), options)
    return [explainer.explain(IMAGES[row : row + 1], [LABELS[row]])[0] for row in range(len(IMAGES))]


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("batch_size", [1, 5, 8])
def test_all_methods_by_batch_size_by_precision(batch_size: int, precision: str) -> None:
    together = explain(methods=METHODS, batch_size=batch_size, path_batch_size=4 * batch_size, precision=precision)
    for found, alone in zip(together, one_by_one(precision), strict=True):
        assert found.precision == precision
        np.testing.assert_allclose(found.logits, alone.logits, atol=1e-5)
        for method in METHODS:
            np.testing.assert_allclose(found.methods[method].map, alone.methods[method].map, atol=1e-5)


@pytest.mark.parametrize(
    "changes", [{"baseline": "random:3"}, {"noise_samples": 3}, {"target": "top:2"}, {"target": "true"}]
)
def test_whatever_is_asked_for_the_neighbours_have_no_say(changes: dict[str, object]) -> None:
    explainer = explainer_with(**changes)
    together, [alone] = explainer.explain(IMAGES, LABELS)[2], explainer.explain(IMAGES[2:3], LABELS[2:3])
    assert together.methods.keys() == alone.methods.keys()
    for name, found in together.methods.items():
        np.testing.assert_allclose(found.map, alone.methods[name].map, atol=1e-5)


def test_a_stream_gives_the_same_in_the_same_order() -> None:
    explainer = Explainer(model(), ExplainOptions("features", batch_size=2, path_batch_size=16))
    streamed = list(explainer.stream(zip(IMAGES, LABELS, strict=True)))
    for found, expected in zip(streamed, explain(), strict=True):
        np.testing.assert_allclose(found.logits, expected.logits, atol=1e-5)
        for name, explanation in found.methods.items():
            np.testing.assert_allclose(explanation.map, expected.methods[name].map, atol=1e-5)
