"""Grey, four-channel, channels-first and non-square models: the flat model takes RGB and computes what they do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.scores import Score
from ml.errors import UnusableModel
from ml.models.importing.foreign_model import ImportedModel, ImportOptions, import_model
from ml.models.saved_model import load_model

HEIGHT, WIDTH, CLASSES = 20, 32, 3
FIRST = {"data_format": "channels_first"}


def plain(*shape: int | None) -> keras.Model:
    image = keras.Input(shape)
    x = keras.layers.Conv2D(6, 3, activation="relu", name="features")(image)
    return keras.Model(image, keras.layers.Dense(CLASSES, "softmax")(keras.layers.GlobalAveragePooling2D()(x)))


def mnist() -> keras.Model:
    layers = [
        keras.Input((28, 28, 1)),
        keras.layers.Conv2D(4, 3, activation="relu", name="features"),
        keras.layers.Flatten(),
        keras.layers.Dense(10),
    ]
    return keras.Sequential([*layers, keras.layers.Softmax()])


def dense_mnist() -> keras.Model:
    return keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(16, "relu"),
            keras.layers.Dense(10, "softmax"),
        ]
    )


def channels_first(channels: int = 3) -> keras.Model:
    """Each kind of layer whose order of axes matters: convolutions, normalisation, joining, pooling, a gate."""
    image = keras.Input((channels, HEIGHT, WIDTH))
    x = keras.layers.BatchNormalization(axis=1)(keras.layers.Conv2D(8, 3, padding="same", **FIRST)(image))
    x = keras.layers.ReLU()(x)
    x = keras.layers.Concatenate(axis=1)(
        [x, keras.layers.Add()([x, keras.layers.DepthwiseConv2D(3, padding="same", **FIRST)(x)])]
    )
    x = keras.layers.MaxPooling2D(**FIRST)(keras.layers.SeparableConv2D(16, 3, padding="same", **FIRST)(x))
    gate = keras.layers.Reshape((16, 1, 1))(
        keras.layers.Dense(16, "sigmoid")(keras.layers.GlobalAveragePooling2D(**FIRST)(x))
    )
    x = keras.layers.SpatialDropout2D(0.1, **FIRST)(keras.layers.Multiply()([x, gate]))
    return keras.Model(image, keras.layers.Dense(CLASSES, "softmax")(keras.layers.Flatten(**FIRST)(x)))


def channels_first_flat() -> keras.Model:
    """A Flatten that knows no order: the values come channel by channel."""
    image = keras.Input((1, HEIGHT, HEIGHT))
    x = keras.layers.Conv2D(4, 3, activation="relu", **FIRST)(image)
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


def grey(images: Any) -> Any:
    """As Pillow converts, but not rounded."""
    return (images @ np.array([0.299, 0.587, 0.114], np.float32))[..., None]


def with_alpha(images: Any) -> Any:
    return np.concatenate([images, np.full((*images.shape[:3], 1), 255, np.float32)], axis=-1)


def first(images: Any) -> Any:
    return np.moveaxis(images, -1, 1)


CASES: list[tuple[Callable[[], keras.Model], Callable[[Any], Any], tuple[int, int, int], str | None]] = [
    (lambda: plain(HEIGHT, WIDTH, 3), lambda x: x, (HEIGHT, WIDTH, 3), "features"),
    (lambda: plain(WIDTH, HEIGHT, 1), grey, (WIDTH, HEIGHT, 1), "features"),
    (lambda: plain(HEIGHT, HEIGHT, 4), with_alpha, (HEIGHT, HEIGHT, 4), "features"),
    (mnist, grey, (28, 28, 1), "features"),
    (dense_mnist, lambda x: grey(x)[..., 0], (28, 28, 0), None),
    (channels_first, first, (HEIGHT, WIDTH, 3), "spatial_dropout2d"),
    (lambda: channels_first(1), lambda x: first(grey(x)), (HEIGHT, WIDTH, 1), "spatial_dropout2d"),
    (channels_first_flat, lambda x: first(grey(x)), (HEIGHT, HEIGHT, 1), "conv2d"),
]


def build(make: Callable[[], keras.Model]) -> keras.Model:
    keras.backend.clear_session()
    keras.utils.set_random_seed(1)
    return make()


def imported(model: keras.Model, folder: Path, **options: Any) -> tuple[keras.Model, ImportedModel]:
    source, destination = folder / "source.keras", folder / "flat.keras"
    model.save(source)
    found = import_model(source, destination, ImportOptions(**{"preprocessing": "none", **options}))
    return load_model(destination), found


def pictures(height: int, width: int, count: int = 2) -> Any:
    return np.random.default_rng(3).integers(0, 256, (count, height, width, 3), dtype=np.uint8)


def original_probabilities(model: keras.Model, inputs: Any) -> Any:
    """Compiled, because a CPU convolves with the channels first only then."""
    outputs = np.asarray(tf.function(model, jit_compile=True)(inputs, training=False))
    return outputs if np.allclose(outputs.sum(axis=1), 1) else softmax(outputs)


def softmax(logits: Any) -> Any:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("make", "given", "size", "layer"), CASES)
def test_the_flat_model_takes_rgb_and_computes_what_the_original_does(
    make: Any, given: Any, size: tuple[int, int, int], layer: str | None, tmp_path: Path
) -> None:
    model = build(make)
    flat, found = imported(model, tmp_path)
    assert (found.image.height, found.image.width, found.image.channels) == size
    assert flat.input_shape == (None, size[0], size[1], 3)
    assert found.feature_layer == layer
    images = pictures(*size[:2]).astype(np.float32)
    expected = original_probabilities(model, given(images))
    np.testing.assert_allclose(softmax(np.asarray(flat(images))), expected, atol=1e-4)


def test_grey_is_what_pillow_makes_of_it() -> None:
    image = pictures(8, 8, 1)[0]
    np.testing.assert_allclose(
        grey(image.astype(np.float32))[..., 0], np.asarray(Image.fromarray(image).convert("L")), atol=1.0
    )


def test_preprocessing_of_rgb_is_refused_for_grey(tmp_path: Path) -> None:
    with pytest.raises(UnusableModel, match="takes 1 channels") as refused:
        imported(build(mnist), tmp_path, preprocessing="torch")
    assert refused.value.about == "preprocessing"


def test_preprocessing_value_by_value_works_for_any_channels(tmp_path: Path) -> None:
    model = build(lambda: plain(HEIGHT, WIDTH, 4))
    flat, _ = imported(model, tmp_path, preprocessing="minus_one_to_one")
    images = pictures(HEIGHT, WIDTH).astype(np.float32)
    expected = np.asarray(model(with_alpha(images) / 127.5 - 1))
    np.testing.assert_allclose(softmax(np.asarray(flat(images))), expected, atol=1e-5)


def test_a_model_of_any_size_takes_height_and_width(tmp_path: Path) -> None:
    flat, found = imported(build(lambda: plain(None, None, 3)), tmp_path, image_size=24, image_width=40)
    assert (found.image.height, found.image.width) == (24, 40)
    assert flat.input_shape == (None, 24, 40, 3)


@pytest.mark.parametrize(
    ("shape", "words"),
    [((8, 8, 2), "[N, 8, 8, 2]"), ((12,), "[N, 12]"), ((8, 8, 8, 3), "[N, 8, 8, 8, 3]"), ((None, None, None), "None]")],
)
def test_what_is_no_image_is_refused_by_its_shape(shape: Any, words: str, tmp_path: Path) -> None:
    def make() -> keras.Model:
        image = keras.Input(shape)
        pooled = keras.ops.mean(image, axis=tuple(range(1, len(shape)))) if len(shape) > 1 else image[:, 0]
        return keras.Model(image, keras.layers.Dense(2)(keras.ops.expand_dims(pooled, -1)))

    with pytest.raises(UnusableModel) as refused:
        imported(build(make), tmp_path)
    assert words in str(refused.value)
    assert "1 (grey), 3 (RGB) or 4" in str(refused.value)


@pytest.mark.parametrize("make", [lambda: plain(HEIGHT, WIDTH, 1), channels_first])
def test_maps_have_the_size_of_the_pictures_and_add_up(make: Any, tmp_path: Path) -> None:
    flat, found = imported(build(make), tmp_path)
    assert found.feature_layer is not None
    options = ExplainOptions(found.feature_layer, target=1, score=Score("logit"), tolerance=0.01, batch_size=2)
    explainer = Explainer(flat, options)
    images = pictures(HEIGHT, WIDTH)
    black = np.zeros_like(images, np.float32)
    logits, start = np.asarray(flat(images.astype(np.float32)))[:, 1], np.asarray(flat(black))[:, 1]
    for row, each in enumerate(explainer.explain(images, [None, None])):
        assert each.methods["gradcam"].map.shape == (HEIGHT, WIDTH)
        attribution = each.methods["integrated_gradients"].map
        assert attribution.shape == (HEIGHT, WIDTH)
        difference = float(logits[row] - start[row])
        assert attribution.sum() == pytest.approx(difference, abs=0.02 * abs(difference))


def test_attributions_to_a_grey_picture_follow_its_luma(tmp_path: Path) -> None:
    """The gradient by red, green and blue is that by grey, weighted as grey was made."""
    flat, _ = imported(build(mnist), tmp_path)
    images = tf.constant(pictures(28, 28).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(images)
        chosen = flat(images)[:, 0]
    gradient = np.asarray(tape.gradient(chosen, images))
    by_grey = gradient.sum(axis=-1, keepdims=True)
    np.testing.assert_allclose(gradient, by_grey * np.array([0.299, 0.587, 0.114]), atol=1e-6)


# Nothing between pixels and logits


def branches() -> keras.Model:
    image = keras.Input((HEIGHT, WIDTH, 3))
    left = keras.layers.GlobalAveragePooling2D()(keras.layers.Conv2D(4, 3, name="left")(image))
    right = keras.layers.GlobalMaxPooling2D()(
        keras.layers.Conv2D(4, 5, name="right")(
            keras.layers.BatchNormalization()(keras.layers.Rescaling(1 / 255)(image))
        )
    )
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Concatenate()([left, right])))


def behind_preprocessing() -> keras.Model:
    image = keras.Input((HEIGHT, WIDTH, 3))
    x = keras.layers.BatchNormalization(name="norm")(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, keras.layers.Dense(CLASSES)(keras.layers.Flatten()(x)))


@pytest.mark.parametrize("make", [branches, dense_mnist, behind_preprocessing])
def test_pixels_are_no_layer_to_look_at(make: Any, tmp_path: Path) -> None:
    _, found = imported(build(make), tmp_path)
    assert found.feature_layer is None


def test_a_layer_in_one_of_several_branches_can_be_named(tmp_path: Path) -> None:
    _, found = imported(build(branches), tmp_path, feature_layer="left")
    assert found.feature_layer == "left"


def test_a_layer_before_the_branches_can_be_named(tmp_path: Path) -> None:
    _, found = imported(build(behind_preprocessing), tmp_path, feature_layer="norm")
    assert found.feature_layer == "norm"
