"""Models of many shapes, as others build them, and their import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

from ml.models.importing.foreign_model import ImportedModel, ImportOptions, import_model
from ml.models.saved_model import load_model

SIZE, CLASSES = 32, 5
Build = Callable[[], Any]


def convolutions(x: Any, prefix: str = "") -> Any:
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same", name=f"{prefix}one")(x)
    x = keras.layers.BatchNormalization(name=f"{prefix}norm")(x)
    x = keras.layers.ReLU(name=f"{prefix}relu")(x)
    return keras.layers.Conv2D(12, 3, strides=2, activation="relu", padding="same", name=f"{prefix}last")(x)


def backbone(name: str = "mobilenetv2_1.00_224") -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    return keras.Model(image, convolutions(image), name=name)


def flat_functional() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(convolutions(keras.layers.Rescaling(1 / 255)(image)))
    return keras.Model(image, keras.layers.Dense(CLASSES)(x))


def sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Conv2D(8, 3, activation="relu"),
            keras.layers.MaxPooling2D(),
            keras.layers.Flatten(),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def sequential_without_input() -> keras.Model:
    model = keras.Sequential(
        [keras.layers.Conv2D(8, 3, activation="relu"), keras.layers.GlobalMaxPooling2D(), keras.layers.Dense(CLASSES)]
    )
    model(np.zeros((1, SIZE, SIZE, 3), np.float32))
    return model


def nested_sequential() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((SIZE, SIZE, 3)),
            keras.layers.Rescaling(1 / 127.5, offset=-1),
            backbone(),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dropout(0.3),
            keras.layers.Dense(CLASSES, activation="softmax"),
        ]
    )


def nested_application() -> keras.Model:
    network = keras.applications.MobileNetV2(include_top=False, weights=None, input_shape=(SIZE, SIZE, 3), alpha=0.35)
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(
        network(keras.applications.mobilenet_v2.preprocess_input(image), training=False)
    )
    return keras.Model(image, keras.layers.Dense(CLASSES, activation="softmax")(x))


def nested_three_deep() -> keras.Model:
    inner = keras.Sequential([keras.Input((SIZE, SIZE, 3)), keras.layers.Rescaling(1 / 255), backbone()], name="inner")
    image = keras.Input((SIZE, SIZE, 3))
    middle = keras.Model(image, keras.layers.GlobalAveragePooling2D()(inner(image)), name="middle")
    outer = keras.Input((SIZE, SIZE, 3))
    return keras.Model(outer, keras.layers.Softmax()(keras.layers.Dense(CLASSES)(middle(outer))))


def same_names_twice() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    first, second = (
        backbone("first"),
        keras.Sequential([keras.Input((8, 8, 12)), keras.layers.Conv2D(6, 3, name="last")]),
    )
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.GlobalAveragePooling2D()(second(first(image)))))


def operations_for_layers() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.ops.relu(keras.layers.Conv2D(8, 3, name="conv")(keras.ops.flip(image, axis=-1) / 255.0))
    return keras.Model(image, keras.ops.softmax(keras.layers.Dense(CLASSES)(keras.ops.mean(x, axis=(1, 2)))))


def with_augmentation() -> keras.Model:
    augment = keras.Sequential(
        [keras.layers.RandomFlip("horizontal"), keras.layers.RandomRotation(0.2), keras.layers.RandomZoom(0.1)],
        name="augment",
    )
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(convolutions(keras.layers.Rescaling(1 / 255)(augment(image))))
    return keras.Model(image, keras.layers.Activation("softmax")(keras.layers.Dense(CLASSES)(x)))


def with_normalization() -> keras.Model:
    normalization = keras.layers.Normalization(mean=[120.0, 110.0, 100.0], variance=[900.0, 800.0, 1000.0])
    adapted = keras.layers.Normalization()
    adapted.adapt(np.random.default_rng(0).uniform(0, 3, (16, SIZE, SIZE, 3)).astype(np.float32))
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(
        convolutions(adapted(normalization(keras.layers.Resizing(SIZE, SIZE)(image))))
    )
    return keras.Model(image, keras.layers.Dense(CLASSES, activation="log_softmax")(x))


def mixed() -> keras.Model:
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = nested_sequential()
    finally:
        keras.config.set_dtype_policy("float32")
    return model


def deep_head() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(convolutions(keras.layers.Rescaling(1 / 255)(image)))
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Dense(7, activation="relu")(x)))


def two_branches() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    trunk = convolutions(keras.layers.Rescaling(1 / 255)(image))
    left = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, name="left")(trunk))
    right = keras.layers.GlobalMaxPooling2D()(keras.layers.Conv2D(4, 1, name="right")(trunk))
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Concatenate()([left, right])))


def always_training() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Dropout(0.5)(
        keras.layers.GlobalAveragePooling2D()(convolutions(keras.layers.Rescaling(1 / 255)(image))), training=True
    )
    return keras.Model(image, keras.layers.Dense(CLASSES)(x))


def any_size() -> keras.Model:
    image = keras.Input((None, None, 3))
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.GlobalAveragePooling2D()(convolutions(image))))


def imported(model: keras.Model, folder: Path, **options: Any) -> tuple[keras.Model, ImportedModel]:
    """Save a model, import it, and read what was written."""
    source, destination = folder / "source.keras", folder / "flat.keras"
    model.save(source)
    found = import_model(source, destination, ImportOptions(**{"preprocessing": "none", **options}))
    return load_model(destination), found


def build(make: Build) -> keras.Model:
    """A model with layer names that do not depend on which test ran before, and weights that matter."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    model = make()
    rng = np.random.default_rng(2)
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            mean, variance = layer.moving_mean, layer.moving_variance
            mean.assign(rng.normal(0, 0.3, mean.shape))
            variance.assign(rng.uniform(0.5, 2, variance.shape))
    return model


def pictures(count: int = 2) -> Any:
    return np.random.default_rng(7).integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8)
