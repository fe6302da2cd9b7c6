"""How much faster a frozen backbone's head is trained here than by plain Keras ``fit``, with the same result."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bench.train.recipe import DATASET, Places, best_validation, trained
from ml.data.batches import LabelledArrays, in_memory
from ml.data.datasets import describe, read
from ml.training.frozen_backbone import frozen_backbone
from ml.training.options import TrainingOptions

AHEAD = 2


def measure(places: Places) -> Mapping[str, object]:
    """Wall time of ``fit`` over ours; both read their images once, build their network, train and validate."""
    options = places.plain()
    started_at = time.perf_counter()
    theirs = _fit(options)
    fit_s = time.perf_counter() - started_at
    frozen_backbone.cache_clear()
    started_at = time.perf_counter()
    ours = best_validation(trained(options))
    ours_s = time.perf_counter() - started_at
    return {
        "frozen_speedup": fit_s / ours_s,
        "frozen_fit_s": fit_s,
        "frozen_ours_s": ours_s,
        "frozen_fit_validation": theirs,
        "frozen_ours_validation": ours,
    }


def _fit(options: TrainingOptions) -> float:
    """What a person would write with Keras; the best validation accuracy of an epoch."""
    size = options.image_size
    model = _model(options, size)
    history = model.fit(
        _pipeline(_images(options, options.train_split), options.batch_size, shuffle=True),
        validation_data=_pipeline(_images(options, "validation"), options.batch_size, shuffle=False),
        epochs=options.epochs,
        verbose=0,
    )
    return float(max(history.history["val_accuracy"]))


def _model(options: TrainingOptions, size: int) -> Any:
    keras.utils.set_random_seed(options.seed)
    weights = f"{options.weights_dir}/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5"
    base = keras.applications.MobileNetV2(include_top=False, weights=weights, input_shape=(size, size, 3))
    base.trainable = False
    image = keras.Input((size, size, 3))
    x = base(keras.applications.mobilenet_v2.preprocess_input(image), training=False)
    x = keras.layers.Dropout(options.dropout)(keras.layers.GlobalAveragePooling2D()(x))
    model = keras.Model(image, keras.layers.Dense(102)(x))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(options.optimizer.learning_rate), loss=loss, metrics=["accuracy"])
    return model


def _images(options: TrainingOptions, split: str) -> LabelledArrays:
    count = describe(DATASET, data_dir=options.data_dir).splits[split]
    return in_memory(read(DATASET, split, data_dir=options.data_dir), count, image_size=options.image_size)


def _pipeline(data: LabelledArrays, batch_size: int, *, shuffle: bool) -> Any:
    rows = tf.data.Dataset.from_tensor_slices((data.inputs, data.labels.astype(np.int64)))
    rows = rows.shuffle(len(data)) if shuffle else rows
    as_floats = rows.batch(batch_size).map(lambda images, labels: (tf.cast(images, tf.float32), labels))
    return as_floats.prefetch(AHEAD)
