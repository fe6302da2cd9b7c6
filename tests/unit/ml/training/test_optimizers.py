from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.errors import UnknownName
from ml.training.learning_step import LearningBatch, LearningStep, class_weights, cross_entropy, hits
from ml.training.optimizers import groups_of, optimizer_of, quarters, schedule_of
from ml.training.options import OptimizerOptions


def rate(schedule: Any, step: int) -> float:
    return float(schedule(step)) if callable(schedule) else float(schedule)


def test_a_cosine_rises_over_the_warm_up_and_ends_at_zero() -> None:
    options = OptimizerOptions(learning_rate=0.8, schedule="cosine", warmup_epochs=2)
    schedule = schedule_of(options, epochs=10, steps_per_epoch=5)
    assert [rate(schedule, step) for step in (0, 5, 10)] == pytest.approx([0, 0.4, 0.8])
    assert rate(schedule, 30) == pytest.approx(0.4)
    assert rate(schedule, 50) == pytest.approx(0, abs=1e-7)


def test_without_warm_up_a_cosine_starts_at_its_rate() -> None:
    schedule = schedule_of(OptimizerOptions(learning_rate=0.8, schedule="cosine"), epochs=4, steps_per_epoch=5)
    assert [rate(schedule, step) for step in (0, 10, 20)] == pytest.approx([0.8, 0.4, 0], abs=1e-7)


def test_a_constant_rate_stays_after_the_warm_up() -> None:
    options = OptimizerOptions(learning_rate=0.8, warmup_epochs=1)
    schedule = schedule_of(options, epochs=10, steps_per_epoch=4)
    assert [rate(schedule, step) for step in (0, 2, 4, 40)] == pytest.approx([0, 0.4, 0.8, 0.8])
    assert schedule_of(OptimizerOptions(learning_rate=0.8), epochs=1, steps_per_epoch=1, factor=0.5) == 0.4


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_weight_decay_shrinks_kernels_and_spares_biases(name: Any) -> None:
    dense = keras.layers.Dense(2, bias_initializer="ones")
    dense.build((None, 3))
    kernel = dense.kernel.numpy()
    optimizer = optimizer_of(OptimizerOptions(name, learning_rate=0.1, weight_decay=0.5), 0.1)
    optimizer.build(dense.trainable_variables)
    optimizer.apply([tf.zeros((3, 2)), tf.zeros((2,))], dense.trainable_variables)
    np.testing.assert_allclose(dense.kernel.numpy(), kernel * (1 - 0.1 * 0.5), rtol=1e-5)
    np.testing.assert_array_equal(dense.bias.numpy(), [1, 1])


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_without_weight_decay_a_kernel_that_has_no_gradient_stays(name: Any) -> None:
    dense = keras.layers.Dense(2)
    dense.build((None, 3))
    kernel = dense.kernel.numpy()
    optimizer = optimizer_of(OptimizerOptions(name), 0.1)
    optimizer.build(dense.trainable_variables)
    optimizer.apply([tf.zeros((3, 2)), tf.zeros((2,))], dense.trainable_variables)
    np.testing.assert_array_equal(dense.kernel.numpy(), kernel)


def test_the_rate_that_is_told_is_that_of_the_last_step() -> None:
    _, step, batch = learning(OptimizerOptions("sgd", 0.5, schedule="cosine"), steps=4)
    told = []
    for _ in range(4):
        step(batch)
        told.append(step.learning_rate())
    assert told == pytest.approx([0.5, 0.5 * (1 + 2**-0.5) / 2, 0.25, 0.5 * (1 - 2**-0.5) / 2])


def test_an_optimizer_that_does_not_exist_is_refused_with_those_that_do() -> None:
    with pytest.raises(UnknownName, match="adam, adamw, sgd"):
        optimizer_of(OptimizerOptions("lion"), 0.1)  # type: ignore[arg-type]


def test_quarters_go_from_the_last_layer_to_the_first_each_slower() -> None:
    layers = [keras.layers.Dense(1) for _ in range(8)]
    for layer in layers:
        layer.build((None, 1))
    parts = quarters(layers, 0.5)
    assert [factor for _, factor in parts] == [0.5, 0.25, 0.125, 0.0625]
    assert parts[0][0][0] is layers[-1].trainable_variables[0]
    assert sum(len(variables) for variables, _ in parts) == 16


@pytest.mark.parametrize("number", [1, 2, 3])
def test_of_fewer_than_four_layers_each_is_slower_than_the_one_above_it(number: int) -> None:
    layers = [keras.layers.Dense(1) for _ in range(number)]
    for layer in layers:
        layer.build((None, 1))
    assert [factor for _, factor in quarters(layers, 0.5)] == [0.5, 0.25, 0.125][:number]


SGD = OptimizerOptions("sgd", 0.5)


def learning(
    options: OptimizerOptions = SGD, *, steps: int = 1, ema_decay: float = 0.0
) -> tuple[Any, LearningStep, LearningBatch]:
    network = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2, kernel_initializer="zeros")])
    groups = groups_of(options, [(network.trainable_variables, 1.0)], epochs=1, steps_per_epoch=steps)
    labels = tf.constant([0, 1])
    inputs = tf.constant([[1.0, 0, 0], [0, 1.0, 0]])
    batch = LearningBatch(inputs, labels, labels, tf.ones(2), tf.ones(2), tf.constant([0.5, 0.5]))
    return network, LearningStep(network, groups, ema_decay=ema_decay), batch


def test_a_step_makes_the_loss_smaller() -> None:
    _, step, batch = learning()
    losses = [float(step(batch)[0]) for _ in range(5)]
    assert losses[0] == pytest.approx(np.log(2))
    assert losses == sorted(losses, reverse=True)


def test_an_image_that_weighs_nothing_changes_nothing() -> None:
    network, step, batch = learning()
    step(batch._replace(weights=tf.constant([1.0, 0.0]), counts=tf.constant([1.0, 0.0])))
    alone = network.get_weights()
    other, step, batch = learning()
    one = LearningBatch(*(part[:1] for part in batch))
    step(one._replace(weights=tf.constant([1.0])))
    for a, b in zip(alone, other.get_weights(), strict=True):
        np.testing.assert_allclose(a, b)


def test_the_average_is_the_exponential_moving_average_of_the_weights() -> None:
    network, step, batch = learning(ema_decay=0.9)
    expected = network.get_weights()[0].copy()
    for number in range(1, 6):
        step(batch)
        decay = min(0.9, (1 + number) / (10 + number))
        expected = decay * expected + (1 - decay) * network.get_weights()[0]
    np.testing.assert_allclose(step.average[0].numpy(), expected, rtol=1e-5)


def test_smoothed_labels_are_kept_apart_from_certainty() -> None:
    logits, labels = tf.constant([[50.0, 0.0, 0.0]]), tf.constant([0])
    assert float(cross_entropy(logits, labels, labels, tf.ones(1), smoothing=0.0)[0]) == pytest.approx(0, abs=1e-6)
    smoothed = cross_entropy(logits, labels, labels, tf.ones(1), smoothing=0.3)
    assert float(smoothed[0]) == pytest.approx(0.3 * 100 / 3, rel=1e-4)


def test_the_loss_of_a_mixed_label_is_the_mixed_loss_and_so_is_what_was_right() -> None:
    logits, one, two = tf.constant([[1.0, -1.0, 0.5]]), tf.constant([0]), tf.constant([1])
    parts = [float(cross_entropy(logits, label, label, tf.ones(1), smoothing=0)[0]) for label in (one, two)]
    mixed = cross_entropy(logits, one, two, tf.constant([0.3]), smoothing=0)
    assert float(mixed[0]) == pytest.approx(0.3 * parts[0] + 0.7 * parts[1], rel=1e-5)
    assert float(hits(logits, one, two, tf.constant([0.3]))[0]) == pytest.approx(0.3)


def test_balanced_weights_let_each_class_weigh_the_same() -> None:
    labels = np.array([0, 0, 0, 1], np.int32)
    weights = class_weights(labels, 2, "balanced")
    assert weights[labels].sum() == pytest.approx(4)
    assert 3 * weights[0] == pytest.approx(weights[1])
    assert (class_weights(labels, 2, "none") == 1).all()
