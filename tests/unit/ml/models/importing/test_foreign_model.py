"""Models from elsewhere: whatever their shape, the flat model computes what they do, and GradCAM finds its layer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from jobs.specs.import_spec import PREPROCESSING_NAMES
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.errors import UnusableModel
from ml.models.backbones import preprocessing_named
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


USABLE: list[tuple[Build, str]] = [
    (flat_functional, "last"),
    (sequential, "max_pooling2d"),
    (sequential_without_input, "conv2d"),
    (nested_sequential, "last"),
    (nested_application, "block_13_pad"),
    (nested_three_deep, "last"),
    (same_names_twice, "last_1"),
    (operations_for_layers, "relu"),
    (with_augmentation, "last"),
    (with_normalization, "last"),
    (mixed, "last"),
    (deep_head, "last"),
    (two_branches, "last"),
    (always_training, "last"),
]


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


def softmax(logits: Any) -> Any:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


@pytest.mark.parametrize(("make", "layer"), USABLE, ids=lambda value: getattr(value, "__name__", value))
def test_a_foreign_model_becomes_flat_logits_that_agree_with_it(make: Build, layer: str, tmp_path: Path) -> None:
    model = build(make)
    flat, found = imported(model, tmp_path)
    assert not any(isinstance(inner, keras.Model) for inner in flat.layers)
    assert (found.image.height, found.image.width, found.num_classes) == (SIZE, SIZE, CLASSES)
    assert found.feature_layer is not None
    assert found.feature_layer.startswith(layer)
    images = pictures().astype(np.float32)
    expected, logits = np.asarray(model(images, training=False), np.float32), np.asarray(flat(images, training=False))
    applied: dict[str, Callable[[Any], Any]] = {
        "softmax": softmax,
        "log_softmax": lambda z: np.log(softmax(z)),
        "logits": np.asarray,
    }
    got = applied[found.final_activation](logits)
    np.testing.assert_allclose(got, expected, atol=2e-2 if found.mixed_precision else 1e-4)


@pytest.mark.parametrize(
    "make", [deep_head, nested_sequential, sequential, sequential_without_input, operations_for_layers, two_branches]
)
def test_gradcam_and_attributions_are_those_of_plain_autodiff(make: Build, tmp_path: Path) -> None:
    flat, found = imported(build(make), tmp_path)
    assert found.feature_layer is not None
    explainer = Explainer(flat, ExplainOptions(found.feature_layer, target=2, tolerance=0.02))
    images = pictures()
    cut = next(operation for operation in flat.operations if operation.name == found.feature_layer).output
    both = keras.Model(flat.inputs[0], [cut, flat.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = both(images.astype(np.float32), training=False)
        chosen = logits[:, 2] - tf.reduce_mean(logits, axis=1)
    weights = np.asarray(tape.gradient(chosen, features)).mean(axis=(1, 2))
    maps = np.maximum(np.einsum("nhwc,nc->nhw", np.asarray(features), weights), 0)
    for image, expected in zip(explainer.explain(images, [None, None]), maps, strict=True):
        enlarged = np.asarray(keras.ops.image.resize(expected[..., None], (SIZE, SIZE)))[..., 0]
        np.testing.assert_allclose(image.methods["gradcam"].map, enlarged, atol=1e-3 * expected.max())
        assert abs(image.methods["integrated_gradients"].metrics["relative_delta"]) < 0.05


def test_a_fused_softmax_stays_in_the_original(tmp_path: Path) -> None:
    model = build(sequential)
    flat, found = imported(model, tmp_path)
    assert found.final_activation == "softmax"
    assert model.layers[-1].activation is keras.activations.softmax
    assert flat.layers[-1].activation is keras.activations.linear


def test_a_single_sigmoid_becomes_two_classes_with_the_same_probabilities(tmp_path: Path) -> None:
    def make() -> keras.Model:
        image = keras.Input((SIZE, SIZE, 3))
        x = keras.layers.GlobalAveragePooling2D()(convolutions(image))
        return keras.Model(image, keras.layers.Dense(1, activation="sigmoid")(x))

    model = build(make)
    flat, found = imported(model, tmp_path)
    assert (found.num_classes, found.final_activation) == (2, "sigmoid")
    images = pictures().astype(np.float32)
    shares = softmax(np.asarray(flat(images)))
    np.testing.assert_allclose(shares[:, 1:], np.asarray(model(images)), atol=1e-5)


def test_a_model_of_any_size_takes_the_size_that_is_asked_for(tmp_path: Path) -> None:
    model = build(any_size)
    flat, found = imported(model, tmp_path, image_size=48)
    assert (found.image.height, found.image.width) == (48, 48)
    assert flat.inputs[0].shape == (None, 48, 48, 3)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("zero_to_one", lambda x: x / 255),
        ("minus_one_to_one", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="tf")),
        ("caffe", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="caffe")),
        ("torch", lambda x: keras.applications.imagenet_utils.preprocess_input(x.copy(), mode="torch")),
        ("ResNet50", lambda x: keras.applications.resnet.preprocess_input(x.copy())),
        ("none", lambda x: x),
    ],
)
def test_preprocessing_becomes_part_of_the_graph(name: str, reference: Callable[[Any], Any], tmp_path: Path) -> None:
    model = build(any_size)
    flat, _ = imported(model, tmp_path, image_size=SIZE, preprocessing=name)
    images = pictures().astype(np.float32)
    np.testing.assert_allclose(np.asarray(flat(images)), np.asarray(model(reference(images))), rtol=1e-3, atol=1e-4)


def test_a_named_feature_layer_is_taken(tmp_path: Path) -> None:
    _, found = imported(build(nested_sequential), tmp_path, feature_layer="relu")
    assert found.feature_layer == "relu"


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


def test_every_preprocessing_is_an_option_that_users_may_name() -> None:
    for name in PREPROCESSING_NAMES:
        assert callable(preprocessing_named(name))
