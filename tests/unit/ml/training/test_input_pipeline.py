"""Batches of many epochs come from one compiled function, which keeps no images in memory."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from ml.data.batches import LabelledArrays
from ml.training.augmentation.mixing import Mixing
from ml.training.feature_cache import Features
from ml.training.input_pipeline import FeaturePipeline, InputPipeline

EACH = np.ones(6, np.float32)


def test_what_varies_images_is_compiled_once_for_all_epochs() -> None:
    compiled: list[Any] = []

    def augment(images: Any, seed: Any) -> Any:
        compiled.append(seed)
        return tf.cast(images, tf.float32)

    data = LabelledArrays(np.zeros((6, 8, 8, 3), np.uint8), np.arange(6, dtype=np.int32))
    pipeline = InputPipeline(data, augment=augment, mixing=Mixing(), class_weights=EACH)  # type: ignore[arg-type]
    for epoch in range(3):
        batches = list(pipeline.batches(np.arange(6), 2, seed=(0, epoch)))
        assert [batch.labels.numpy().tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5]]
    assert len(compiled) == 1


def of_images() -> InputPipeline:
    data = LabelledArrays(np.zeros((6, 8, 8, 3), np.uint8), np.arange(6, dtype=np.int32))
    return InputPipeline(data, augment=None, mixing=Mixing(), class_weights=EACH)


def of_features() -> FeaturePipeline:
    labels = np.arange(6, dtype=np.int32)
    return FeaturePipeline(Features(np.zeros((6, 4), np.float32), labels, labels, EACH, ()), 6, EACH)


@pytest.mark.parametrize("made", [of_images, of_features])
def test_what_a_pipeline_holds_leaves_the_memory_with_it(made: Any) -> None:
    pipeline = made()
    for _ in pipeline.batches(np.arange(6), 2, seed=(0, 0)):
        pass
    there = weakref.ref(pipeline)
    gc.disable()  # which would come some time
    try:
        del pipeline
        assert there() is None
    finally:
        gc.enable()
