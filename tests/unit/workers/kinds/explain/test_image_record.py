from __future__ import annotations

from typing import Literal

import numpy as np
import pytest

from jobs.results.record import MethodRecord
from ml.attribution.explainer import ImageExplanation, MethodExplanation
from ml.attribution.scores import AGAINST_TRUE
from ml.data.datasets import Example
from workers.kinds.explain.image_record import MethodSettings, image_record

EXAMPLE = Example(image_id="a.jpg", index=0, image=np.zeros((4, 4, 3), np.uint8), label=1)


@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_a_record_tells_with_what_arithmetic_its_map_was_made(precision: Literal["float32", "bfloat16"]) -> None:
    explanation = ImageExplanation(
        prediction=1,
        confidence=0.75,
        top=((1, 0.75),),
        target=1,
        logits=np.array([0.5, 1.5], np.float32),
        methods={"gradcam": MethodExplanation("gradcam", np.zeros((4, 4), np.float32), (), {})},
        precision=precision,
    )
    settings = MethodSettings(layers={}, baselines={})
    record = image_record(EXAMPLE, explanation, {}, measured={"gradcam": {}}, raw_rows={}, settings=settings)
    assert [method.precision for method in record.methods] == [precision]


def test_a_record_tells_what_its_maps_answer() -> None:
    heatmap = np.zeros((4, 4), np.float32)
    explanation = ImageExplanation(
        prediction=1,
        confidence=0.75,
        top=((1, 0.75),),
        target=1,
        logits=np.array([0.5, 1.5], np.float32),
        methods={
            "gradcam": MethodExplanation("gradcam", heatmap, (), {}),
            "gradcam:contrast": MethodExplanation(
                "gradcam", heatmap, (), {}, 1, score=AGAINST_TRUE, foil=0, contrast=True
            ),
        },
    )
    measured: dict[str, dict[str, float]] = {"gradcam": {}, "gradcam:contrast": {}}
    settings = MethodSettings(layers={}, baselines={})
    record = image_record(EXAMPLE, explanation, {}, measured=measured, raw_rows={}, settings=settings)
    first, contrast = record.methods
    assert (first.name, first.score, first.foil, first.contrast, first.rank) == ("gradcam", "centred", None, False, 1)
    assert (contrast.name, contrast.score, contrast.foil) == ("gradcam:contrast", "against:true", 0)
    assert (contrast.contrast, contrast.rank) == (True, 1)
    assert record.method("gradcam") is first


def test_a_record_from_before_scores_is_of_the_logit() -> None:
    assert MethodRecord.model_validate_json('{"method": "gradcam"}').score == "logit"


def test_a_record_from_before_that_was_told_is_of_float32() -> None:
    assert MethodRecord.model_validate_json('{"method": "gradcam"}').precision == "float32"
