"""A probability is never taken for a logit: whatever stands behind the last softmax or sigmoid."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest

from ml.errors import UnusableModel
from ml.models.importing.foreign_model import ImportedModel, ImportOptions, import_model
from ml.models.importing.model_head import find_logits
from ml.models.saved_model import load_model

SIZE = 16
End = Callable[[Any], Any]


def model(end: End) -> keras.Model:
    """A small network whose pooled features (N, 6) go through ``end``."""
    keras.utils.set_random_seed(3)
    image = keras.Input((SIZE, SIZE, 3))
    x = keras.layers.Conv2D(6, 3, activation="relu")(keras.layers.Rescaling(1 / 255)(image))
    return keras.Model(image, end(keras.layers.GlobalAveragePooling2D()(x)))


def dense(units: int, activation: str | None = None) -> End:
    def end(x: Any) -> Any:
        bias = keras.initializers.RandomNormal(-1, 1, seed=4)
        return keras.layers.Dense(units, activation=activation, bias_initializer=bias)(x)

    return end


def imported(original: keras.Model, folder: Path, classes: int | None) -> tuple[keras.Model, ImportedModel]:
    source, flat = folder / "source.keras", folder / "flat.keras"
    original.save(source)
    found = import_model(source, flat, ImportOptions("none", num_classes=classes))
    return load_model(flat), found


def refusal(end: End, folder: Path, classes: int | None) -> str:
    with pytest.raises(UnusableModel) as refused:
        imported(model(end), folder, classes)
    return str(refused.value)


def layer(name: str, *values: Any, **options: Any) -> End:
    """A layer of Keras' that is made when it is used."""

    def end(x: Any) -> Any:
        return getattr(keras.layers, name)(*values, **options)(x)

    return end


IDLE: dict[str, End] = {
    "nothing": lambda x: x,
    "linear activation": layer("Activation", "linear", dtype="float32"),
    "identity": layer("Identity"),
    "dropout": layer("Dropout", 0.4),
    "noise": layer("GaussianNoise", 0.4),
    "activity": layer("ActivityRegularization", l2=0.1),
    "cast": lambda x: keras.ops.cast(x, "float16"),
    "cast to 64 bits": lambda x: keras.ops.cast(x, "float64"),
    "flatten": layer("Flatten"),
    "there and back": lambda x: keras.layers.Flatten()(keras.layers.Reshape((1, 1, -1))(x)),
    "operations": lambda x: keras.ops.squeeze(keras.ops.expand_dims(x, 1), 1),
    "times one": lambda x: x * 1.0,
    "rescaling by one": layer("Rescaling", 1.0),
    "relu": layer("ReLU"),
    "clip": lambda x: keras.ops.clip(x, 0.0, 1.0),
    "pooling of one place": lambda x: keras.layers.GlobalAveragePooling2D()(keras.layers.Reshape((1, 1, -1))(x)),
    "several": lambda x: keras.layers.Activation("linear")(
        keras.layers.Dropout(0.1)(keras.layers.Flatten()(keras.layers.Reshape((-1, 1))(x)))
    ),
}


@pytest.mark.parametrize("idle", IDLE)
def test_what_changes_nothing_after_one_sigmoid_is_seen_through(idle: str, tmp_path: Path) -> None:
    original = model(lambda x: IDLE[idle](dense(1, "sigmoid")(x)))
    flat, found = imported(original, tmp_path, classes=2)
    assert (found.final_activation, found.num_classes) == ("sigmoid", 2)
    agrees(original, flat, pair=True)


@pytest.mark.parametrize("idle", IDLE)
def test_what_changes_nothing_after_a_softmax_is_seen_through(idle: str) -> None:
    original = model(lambda x: IDLE[idle](dense(4, "softmax")(x)))
    head = find_logits(original.outputs[0], two_classes=False)
    assert head.final_activation == "softmax"
    logits = keras.Model(original.inputs[0], head.logits)
    assert np.asarray(logits(pictures())).min() < 0
    agrees(original, logits)


@pytest.mark.parametrize("idle", IDLE)
def test_several_sigmoids_do_not_slip_past(idle: str) -> None:
    output = model(lambda x: IDLE[idle](dense(3, "sigmoid")(x))).outputs[0]
    with pytest.raises(UnusableModel, match=r"3 sigmoids.*end the model in a softmax"):
        find_logits(output, two_classes=False)


def nested(x: Any) -> Any:
    return keras.Sequential([keras.layers.Dense(1, activation="sigmoid"), keras.layers.Activation("linear")])(x)


PLACES: dict[str, End] = {
    "a layer": lambda x: keras.layers.Activation("sigmoid")(dense(1)(x)),
    "an operation": lambda x: keras.ops.sigmoid(dense(1)(x)),
    "a convolution": lambda x: keras.layers.Flatten()(
        keras.layers.Conv2D(1, 1, activation="sigmoid")(keras.layers.Reshape((1, 1, 6))(x))
    ),
    "a layer after a convolution": lambda x: keras.layers.Activation("sigmoid")(
        keras.layers.Reshape((1,))(keras.layers.Conv2D(1, 1)(keras.layers.Reshape((1, 1, 6))(x)))
    ),
    "a nested model": nested,
}


@pytest.mark.parametrize("place", PLACES)
def test_a_sigmoid_is_found_wherever_it_stands(place: str, tmp_path: Path) -> None:
    original = model(PLACES[place])
    flat, found = imported(original, tmp_path, classes=2)
    assert found.final_activation == "sigmoid"
    agrees(original, flat, pair=True)


def test_a_softmax_of_a_convolution_over_one_place_gives_its_logits(tmp_path: Path) -> None:
    original = model(
        lambda x: keras.layers.Reshape((4,))(
            keras.layers.Conv2D(4, 1, activation="softmax")(keras.layers.Reshape((1, 1, 6))(x))
        )
    )
    flat, found = imported(original, tmp_path, classes=None)
    assert found.final_activation == "softmax"
    agrees(original, flat)


def squashed_by(name: str) -> tuple[End, int, str]:
    return dense(1, name), 1, name


SQUASHING = ("hard_sigmoid", "tanh", "softsign", "hard_tanh", "sparse_sigmoid", "log_sigmoid", "relu6")
BOUNDED: dict[str, tuple[End, int, str]] = {
    **{name: squashed_by(name) for name in SQUASHING},
    "hard sigmoid behind a cast": (lambda x: keras.ops.cast(dense(1, "hard_sigmoid")(x), "float16"), 1, "hard_sigmoid"),
    "tanh operation": (lambda x: keras.ops.tanh(dense(1)(x)), 1, "Tanh"),
    "arctan": (lambda x: keras.ops.arctan(dense(1)(x)), 1, "Arctan"),
    "clip": (lambda x: keras.ops.clip(dense(1)(x), 0, 1), 1, "Clip"),
    "relu up to one": (lambda x: keras.layers.ReLU(max_value=1)(dense(1)(x)), 1, "ReLU up to 1"),
    "complement": (lambda x: 1 - dense(1, "sigmoid")(x), 1, "sigmoid"),
    "stretched": (lambda x: keras.layers.Rescaling(2.0, offset=-1.0)(dense(1, "sigmoid")(x)), 1, "sigmoid"),
    "tanh scores": (dense(3, "tanh"), 3, "tanh"),
    "joined sigmoids": (lambda x: keras.layers.Concatenate()([dense(1, "sigmoid")(x) for _ in range(3)]), 3, "sigmoid"),
    "both probabilities": (lambda x: both(dense(1, "sigmoid")(x)), 2, "sigmoid"),
    "average of softmaxes": (
        lambda x: keras.layers.Average()([dense(3, "softmax")(x) for _ in range(2)]),
        3,
        "softmax",
    ),
    "softmax of groups": (
        lambda x: keras.layers.Flatten()(keras.layers.Softmax()(keras.layers.Reshape((2, 3))(dense(6)(x)))),
        6,
        "expected one over",
    ),
    "softmax of one": (dense(1, "softmax"), 1, "always 1"),
    "relu": (dense(1, "relu"), 1, "relu, which is no logit"),
    "softplus": (dense(1, "softplus"), 1, "softplus, which is no logit"),
}


def both(second: Any) -> Any:
    return keras.layers.Concatenate()([1 - second, second])


@pytest.mark.filterwarnings("ignore:You are using a softmax")
@pytest.mark.parametrize("name", BOUNDED)
@pytest.mark.parametrize("named", [True, False])
def test_outputs_with_bounds_that_are_no_sigmoid_are_refused_by_name(name: str, named: bool) -> None:
    end, outputs, words = BOUNDED[name]
    with pytest.raises(UnusableModel) as refused:
        find_logits(model(end).outputs[0], two_classes=named and outputs <= 2)
    message = str(refused.value)
    assert words in message
    assert "end the model in" in message.lower() or "end it in" in message or "expected one over all" in message


def test_a_probability_that_no_layer_gives_away_is_found_by_its_values(tmp_path: Path) -> None:
    def hidden(x: Any) -> Any:
        copied = keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")
        return copied(dense(1, "sigmoid")(x))

    assert "between 0 and 1 whatever the image" in refusal(hidden, tmp_path, 2)


@pytest.mark.parametrize("units", [1, 2, 5])
def test_logits_stay_logits(units: int, tmp_path: Path) -> None:
    original = model(dense(units))
    flat, found = imported(original, tmp_path, classes=max(2, units))
    assert found.final_activation == "logits"
    logits = np.asarray(original(pictures()))
    shares = 1 / (1 + np.exp(-logits)) if units == 1 else softmax(logits)
    np.testing.assert_allclose(softmax(np.asarray(flat(pictures())))[:, -1], shares[:, -1], atol=1e-5)


def test_a_small_logit_is_no_probability(tmp_path: Path) -> None:
    def small(x: Any) -> Any:
        bias = keras.initializers.Constant(0.5)
        return keras.layers.Dense(1, kernel_initializer=keras.initializers.Constant(1e-2), bias_initializer=bias)(x)

    original = model(small)
    flat, found = imported(original, tmp_path, classes=2)
    assert found.final_activation == "logits"
    shares = 1 / (1 + np.exp(-np.asarray(original(pictures()))))
    np.testing.assert_allclose(softmax(np.asarray(flat(pictures())))[:, 1:], shares, atol=1e-5)


def test_outputs_that_are_no_numbers_are_refused_as_such(tmp_path: Path) -> None:
    assert "no numbers" in refusal(lambda x: dense(3)(x * float("nan")), tmp_path, 3)


def test_sigmoids_inside_the_network_are_no_final_activation(tmp_path: Path) -> None:
    def gated(x: Any) -> Any:
        return dense(3)(x * dense(6, "sigmoid")(x))

    flat, found = imported(model(gated), tmp_path, classes=3)
    assert found.final_activation == "logits"
    np.testing.assert_allclose(np.asarray(flat(pictures())), np.asarray(model(gated)(pictures())), atol=1e-5)


def pictures() -> Any:
    return np.random.default_rng(5).uniform(0, 255, (6, SIZE, SIZE, 3)).astype(np.float32)


def softmax(logits: Any) -> Any:
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


def agrees(original: keras.Model, flat: keras.Model, *, pair: bool = False) -> None:
    """The softmax of the flat model gives the probabilities of the original."""
    expected, found = np.asarray(original(pictures()), np.float32), softmax(np.asarray(flat(pictures())))
    np.testing.assert_allclose(found[:, 1:] if pair else found, expected, atol=1e-3)
