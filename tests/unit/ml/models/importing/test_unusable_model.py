from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import pytest

from ml.errors import UnusableModel
from tests.unit.ml.models.importing.foreign_models import (
    CLASSES,
    SIZE,
    Build,
    any_size,
    build,
    convolutions,
    flat_functional,
    imported,
)


def with_input(*shape: int | None, **options: Any) -> Build:
    def make() -> keras.Model:
        image = keras.Input(shape, **options)
        return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(image)))

    return make


def ending_in(make_output: Callable[[Any], Any]) -> Build:
    def make() -> keras.Model:
        image = keras.Input((SIZE, SIZE, 3))
        return keras.Model(image, make_output(convolutions(image)))

    return make


def two_inputs() -> keras.Model:
    first, second = keras.Input((SIZE, SIZE, 3)), keras.Input((SIZE, SIZE, 3))
    return keras.Model(
        [first, second], keras.layers.Dense(CLASSES)(keras.layers.Flatten()(keras.layers.Add()([first, second])))
    )


def two_outputs() -> keras.Model:
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.GlobalAveragePooling2D()(image)
    return keras.Model(image, [keras.layers.Dense(CLASSES)(x), keras.layers.Dense(1)(x)])


def averaged_softmax(x: Any) -> Any:
    return keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(CLASSES, 1, activation="softmax")(x))


def pooled(x: Any) -> Any:
    return keras.layers.GlobalAveragePooling2D()(x)


UNUSABLE: list[tuple[Build, dict[str, Any], str, str]] = [
    (two_inputs, {}, "file", "2 inputs and 1 outputs"),
    (two_outputs, {}, "file", "1 inputs and 2 outputs"),
    (with_input(SIZE, SIZE, 2), {}, "file", "[N, 32, 32, 2]"),
    (with_input(SIZE, SIZE, 1), {"preprocessing": "caffe"}, "preprocessing", "takes 1 channels"),
    (with_input(SIZE, SIZE, 4), {"preprocessing": "ResNet50"}, "preprocessing", "takes 4 channels"),
    (with_input(12), {}, "file", "[N, 12]"),
    (any_size, {}, "image_size", "image_size"),
    (flat_functional, {"image_size": 64}, "image_size", "image_size 64 does not fit"),
    (flat_functional, {"num_classes": 7}, "classes", "7 classes were named, but the model has 5"),
    (flat_functional, {"feature_layer": "nothing"}, "feature_layer", "its last are"),
    (flat_functional, {"feature_layer": "dense"}, "feature_layer", "no spatial layer"),
    (ending_in(lambda x: x), {}, "file", "[N, 8, 8, 12]"),
    (ending_in(lambda x: keras.layers.Dense(CLASSES, activation="sigmoid")(pooled(x))), {}, "file", "5 sigmoids"),
    (ending_in(lambda x: keras.layers.Dense(1)(pooled(x))), {}, "classes", "naming both"),
    (ending_in(averaged_softmax), {}, "file", "not the plain values of one softmax"),
]


@pytest.mark.parametrize(("make", "options", "about", "words"), UNUSABLE)
def test_what_cannot_be_explained_is_refused_with_a_reason(
    make: Build, options: dict[str, Any], about: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(UnusableModel) as refusal:
        imported(build(make), tmp_path, **options)
    assert words in str(refusal.value)
    assert refusal.value.about == about
