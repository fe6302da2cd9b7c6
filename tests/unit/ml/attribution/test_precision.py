from __future__ import annotations

import keras
import numpy as np
import pytest

from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.precision import PrecisionProbe, default_precision, in_bfloat16, probe
from ml.errors import BadOption

SIZE = 32
IMAGES = np.random.default_rng(5).integers(0, 256, (3, SIZE, SIZE, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def model() -> keras.Model:
    keras.utils.set_random_seed(2)
    image = keras.Input((SIZE, SIZE, 3), name="image")
    x = keras.layers.Rescaling(1.0, offset=[-104.0, -117.0, -124.0])(keras.ops.flip(image, axis=-1))
    x = keras.layers.Conv2D(8, 3, strides=2)(x)
    x = keras.layers.BatchNormalization()(x)
    x = keras.layers.Conv2D(8, 3, strides=2)(x)
    x = keras.layers.ReLU(name="features")(x)
    return keras.Model(image, keras.layers.Dense(4, name="logits")(keras.layers.GlobalAveragePooling2D()(x)))


def test_the_copy_computes_in_bfloat16_with_the_same_weights_and_float32_logits(model: keras.Model) -> None:
    twin = in_bfloat16(model)
    assert twin.get_layer("features").compute_dtype == "bfloat16"
    assert twin.outputs[0].dtype == "float32"
    assert [weight.dtype for weight in twin.weights] == ["float32"] * len(twin.weights)
    images = IMAGES.astype(np.float32)
    exact = np.asarray(model(images, training=False))
    coarse = np.asarray(twin(images, training=False))
    np.testing.assert_allclose(coarse, exact, atol=0.03 * np.abs(exact).max())
    assert (coarse != exact).any()


def test_the_probe_measures_speed_and_agreement(model: keras.Model) -> None:
    found = probe(model, IMAGES, feature_layer="features")
    assert found.speedup > 0
    assert 0.5 < found.rank_correlation < 1


@pytest.mark.parametrize(
    ("speedup", "rank_correlation", "choice"),
    [(2.0, 0.999, "bfloat16"), (2.0, 0.98, "float32"), (1.0, 1.0, "float32"), (2.0, float("nan"), "float32")],
)
def test_bfloat16_is_chosen_only_where_it_is_faster_and_ranks_the_pixels_alike(
    speedup: float, rank_correlation: float, choice: str
) -> None:
    assert PrecisionProbe(speedup, rank_correlation).choice == choice


def test_what_was_chosen_is_told_with_every_image(model: keras.Model) -> None:
    options = ExplainOptions("features", precision="auto", batch_size=2, path_batch_size=8)
    chosen = {found.precision for found in Explainer(model, options).explain(IMAGES, [None] * len(IMAGES))}
    assert chosen in ({"float32"}, {"bfloat16"})


@pytest.mark.parametrize(("gpu", "precision"), [(True, "auto"), (False, "float32")])
def test_the_probe_is_worth_its_time_on_a_gpu_only(gpu: bool, precision: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ml.attribution.precision.on_gpu", lambda: gpu)
    assert default_precision() == precision


def test_a_model_inside_a_model_has_no_copy_in_bfloat16_and_the_option_to_mend_is_named(model: keras.Model) -> None:
    image = keras.Input((SIZE, SIZE, 3))
    with pytest.raises(BadOption, match="use 'float32'") as refused:
        in_bfloat16(keras.Model(image, model(image)))
    assert refused.value.field == "precision"
