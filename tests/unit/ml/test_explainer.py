"""The explainer on small networks, against plain automatic differentiation."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from ml.classifier_functions import head_weights
from ml.errors import MlError
from ml.explainer import Explainer, ExplainOptions, ImageExplanation

SIZE, CLASSES = 16, 5
RNG = np.random.default_rng(3)
IMAGES = RNG.integers(0, 256, (5, SIZE, SIZE, 3), dtype=np.uint8)
LABELS = [0, 1, 2, 3, 4]


def network(*, linear_head: bool = True) -> keras.Model:
    keras.utils.set_random_seed(1)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1)(image)
    x = keras.layers.Conv2D(8, 3, strides=2, padding="same")(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(12, 3, padding="same")(x)
    x = keras.layers.ReLU(name="features")(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.5)(x)
    if not linear_head:
        x = keras.layers.Dense(9, activation="tanh")(x)
    return keras.Model(image, keras.layers.Dense(CLASSES, name="logits")(x))


def explain(model: keras.Model, images: npt.NDArray[np.uint8] = IMAGES, **changes: object) -> list[ImageExplanation]:
    options = ExplainOptions(**{"feature_layer": "features", "batch_size": 4, **changes})  # type: ignore[arg-type]
    return Explainer(model, options).explain(images, LABELS[: len(images)])


def autodiff_gradcam(model: keras.Model, image: npt.NDArray[np.uint8], target: int) -> npt.NDArray[np.float32]:
    body = keras.Model(model.inputs, [model.get_layer("features").output, model.outputs[0]])
    with tf.GradientTape() as tape:
        features, logits = body(image[None].astype(np.float32), training=False)
        chosen = logits[0, target]
    weights = tf.reduce_mean(tape.gradient(chosen, features), axis=(1, 2))
    return np.asarray(tf.nn.relu(tf.einsum("nhwc,nc->nhw", features, weights))[0], np.float32)


@pytest.mark.parametrize("linear_head", [True, False])
def test_gradcam_equals_plain_autodiff(linear_head: bool) -> None:
    model = network(linear_head=linear_head)
    assert (head_weights(model, "features") is not None) == linear_head
    for image, label, found in zip(IMAGES, LABELS, explain(model, target="true"), strict=True):
        expected = autodiff_gradcam(model, image, label)
        found_map = found.methods["gradcam"].map
        from ml.gradcam import enlarged  # noqa: PLC0415

        np.testing.assert_allclose(found_map, enlarged(expected, SIZE), atol=1e-5)


@pytest.mark.parametrize("method", ["gradcam", "integrated_gradients"])
@pytest.mark.parametrize("batch_size", [1, 3, 5, 8])
def test_the_batch_size_does_not_change_the_maps(method: str, batch_size: int) -> None:
    model = network()
    reference = explain(model, methods=(method,))
    found = explain(model, methods=(method,), batch_size=batch_size)
    for one, other in zip(found, reference, strict=True):
        np.testing.assert_allclose(one.methods[method].map, other.methods[method].map, atol=1e-5)


def test_an_image_does_not_depend_on_its_neighbours() -> None:
    model = network()
    together, alone = explain(model)[2], explain(model, IMAGES[2:3])[0]
    for method in together.methods:
        np.testing.assert_allclose(together.methods[method].map, alone.methods[method].map, atol=1e-5)


def test_each_image_of_a_batch_is_explained_for_its_own_class_only() -> None:
    model = network()
    for image, label, found in zip(IMAGES, LABELS, explain(model, target="true", tolerance=0.001), strict=True):
        ends = np.stack([image.astype(np.float32), np.zeros_like(image, np.float32)])
        logits = np.asarray(model(ends, training=False))
        metrics = found.methods["integrated_gradients"].metrics
        assert found.target == label
        assert metrics["value"] == pytest.approx(logits[0, label], abs=1e-4)
        assert metrics["baseline_value"] == pytest.approx(logits[1, label], abs=1e-4)
        total = float(found.methods["integrated_gradients"].map.sum())
        assert total == pytest.approx(logits[0, label] - logits[1, label], abs=0.01)


def test_integrated_gradients_equal_a_reference_of_2048_nodes() -> None:
    model, target = network(), 2
    found = explain(model, IMAGES[:1], target=target, tolerance=0.001)[0].methods["integrated_gradients"]
    alphas = (np.arange(2048, dtype=np.float32) + 0.5) / 2048
    image = IMAGES[0].astype(np.float32)
    places = tf.constant(alphas[:, None, None, None] * image)
    with tf.GradientTape() as tape:
        tape.watch(places)
        chosen = model(places, training=False)[:, target]
    reference = (np.asarray(tape.gradient(chosen, places)) * image).mean(axis=0).sum(axis=-1)
    np.testing.assert_allclose(found.map, reference, atol=0.02 * np.abs(reference).max())


def test_a_network_that_never_lights_up_gives_an_empty_map_not_nan() -> None:
    model = network()
    model.get_layer("logits").kernel.assign(-np.abs(model.get_layer("logits").kernel))
    for found in explain(model, methods=("gradcam",)):
        assert found.methods["gradcam"].flags == ("empty_cam",)
        assert not found.methods["gradcam"].map.any()


@pytest.mark.parametrize("linear_head", [True, False])
def test_nothing_is_traced_again_after_the_first_image(linear_head: bool) -> None:
    explainer = Explainer(network(linear_head=linear_head), ExplainOptions("features", batch_size=4))
    explainer.explain(IMAGES[:1], [0])
    traced = explainer.traces
    for count in (1, 2, 5):
        explainer.explain(IMAGES[:count], LABELS[:count])
    assert explainer.traces == traced == 3  # the forward pass, and gradients in full and small batches


def test_the_prediction_and_its_five_likeliest_classes_are_told() -> None:
    found = explain(network())[0]
    assert found.prediction == int(found.logits.argmax())
    assert found.top[0][0] == found.prediction
    assert sum(share for _, share in found.top) == pytest.approx(1)


def test_an_unknown_layer_is_refused_with_those_that_would_do() -> None:
    with pytest.raises(
        MlError, match=r"'out_relu': the model has no spatial layer of that name; its last are .*features"
    ):
        Explainer(network(), ExplainOptions("out_relu"))


def test_a_class_out_of_range_is_refused() -> None:
    with pytest.raises(MlError, match="classes 0 to 4"):
        Explainer(network(), ExplainOptions("features", target=5))


def test_the_true_class_of_an_image_without_label_is_refused() -> None:
    with pytest.raises(MlError, match="'true' needs a label from 0 to 4"):
        Explainer(network(), ExplainOptions("features", target="true")).explain(IMAGES[:1], [None])


def test_images_of_another_size_are_refused() -> None:
    with pytest.raises(MlError, match=r"expected \(16, 16, 3\)"):
        Explainer(network(), ExplainOptions("features")).explain(np.zeros((1, 8, 8, 3), np.uint8), [0])
