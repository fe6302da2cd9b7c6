"""Batches of many epochs come from one compiled function."""

from __future__ import annotations

from typing import Any

import numpy as np
import tensorflow as tf

from ml.data.batches import LabelledArrays
from ml.training.augmentation.mixing import Mixing
from ml.training.input_pipeline import InputPipeline


def test_what_varies_images_is_compiled_once_for_all_epochs() -> None:
    compiled: list[Any] = []

    def augment(images: Any, seed: Any) -> Any:
        compiled.append(seed)
        return tf.cast(images, tf.float32)

    data = LabelledArrays(np.zeros((6, 8, 8, 3), np.uint8), np.arange(6, dtype=np.int32))
    pipeline = InputPipeline(data, augment=augment, mixing=Mixing(), class_weights=np.ones(6, np.float32))  # type: ignore[arg-type]
    for epoch in range(3):
        batches = list(pipeline.batches(np.arange(6), 2, seed=(0, epoch)))
        assert [batch.labels.numpy().tolist() for batch in batches] == [[0, 1], [2, 3], [4, 5]]
    assert len(compiled) == 1
