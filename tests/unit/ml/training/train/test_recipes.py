"""What fine-tuning may do besides: views that grow, dropout of its own, the network's own average as a teacher."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf

from ml.models.classifier import DROPOUT
from ml.training.image_phase import ImagePhase
from ml.training.learning_step import LearningBatch, LearningStep
from ml.training.optimizers import groups_of
from ml.training.options import FineTuneOptions, OptimizerOptions
from tests.unit.ml.conftest import options_for
from tests.unit.ml.training.train.conftest import FINE_TUNE, VARIED, assert_same, run
from tests.unit.ml.training.train.test_resume import run_and_keep

pytestmark = pytest.mark.usefixtures("few_flowers", "tiny_net")


@pytest.mark.parametrize(
    ("epochs", "sizes", "expected"),
    [(4, (24, 32), [24, 24, 32, 32]), (3, (24, 32), [24, 24, 32]), (2, (), [48, 48]), (2, (40,), [40, 40])],
)
def test_each_size_has_an_equal_part_of_the_epochs(epochs: int, sizes: tuple[int, ...], expected: list[int]) -> None:
    options = FineTuneOptions(epochs=epochs, crop_sizes=sizes)
    assert [options.view_size(epoch, 48) for epoch in range(1, epochs + 1)] == expected


def test_views_grow_and_a_training_killed_in_between_ends_as_one_that_was_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, float]] = []
    honest = ImagePhase.learn

    def learn(self: ImagePhase, epoch: int, on_step: Any) -> Any:
        rate = self._network.get_layer(DROPOUT).rate
        seen.append((epoch, self._network.input_shape[1], rate))
        return honest(self, epoch, on_step)

    monkeypatch.setattr(ImagePhase, "learn", learn)
    tuning = replace(FINE_TUNE, crop_sizes=(24, 40), distillation=0.5, dropout=0.4)
    options = options_for(epochs=1, fine_tune=tuning, **VARIED, feature_views=1)
    whole, checkpoint = run_and_keep(2, options, tmp_path / "whole")
    assert seen == [(2, 24, 0.4), (3, 40, 0.4)]
    assert whole.model.input_shape[1] == 32, "it is published for the size that was asked for"
    assert_same(whole, run(options, tmp_path / "resumed", resume=checkpoint))


def network(seed: int) -> Any:
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((4,))
    return keras.Model(inputs, keras.layers.Dense(3)(inputs))


def test_a_student_learns_from_labels_and_from_what_its_average_says_of_the_same_images() -> None:
    student, teacher = network(0), network(1)
    groups = groups_of(OptimizerOptions("sgd", 1e-9), [(student.trainable_variables, 1.0)], epochs=1, steps_per_epoch=1)
    step = LearningStep(student, groups, ema_decay=0.9, teacher=teacher, distillation=0.25)
    rng = np.random.default_rng(0)
    inputs = rng.normal(size=(5, 4)).astype(np.float32)
    labels, shares = np.array([0, 1, 2, 1, 0], np.int32), np.array([1, 0.5, 0.7, 1, 0.2], np.float32)
    partners = np.roll(labels, 1)
    batch = LearningBatch(
        *map(tf.constant, (inputs, labels, partners, shares, np.ones(5, "f4"), np.full(5, 0.2, "f4")))
    )
    said, taught = (np.asarray(tf.nn.softmax(one(inputs))) for one in (student, teacher))
    loss, _ = np.asarray(step(batch))
    rows = np.arange(5)
    by_label = -(shares * np.log(said[rows, labels]) + (1 - shares) * np.log(said[rows, partners]))
    by_teacher = -(taught * np.log(said)).sum(axis=1)
    assert loss == pytest.approx((0.75 * by_label + 0.25 * by_teacher).mean(), rel=1e-5)


def test_the_teacher_is_the_average_and_no_gradient_reaches_it() -> None:
    student, teacher = network(0), network(1)
    groups = groups_of(OptimizerOptions("sgd", 0.1), [(student.trainable_variables, 1.0)], epochs=1, steps_per_epoch=1)
    step = LearningStep(student, groups, ema_decay=0.5, teacher=teacher, distillation=0.9)
    step.restart_average()
    for one, other in zip(student.get_weights(), teacher.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    before = student.get_weights()
    parts = (np.eye(4, dtype="f4"), np.zeros(4, "i4"), np.zeros(4, "i4"), np.ones(4, "f4"), np.ones(4, "f4"))
    step(LearningBatch(*map(tf.constant, (*parts, np.full(4, 0.25, "f4")))))
    decay = min(0.5, 2 / 11)
    for old, new, averaged in zip(before, student.get_weights(), teacher.get_weights(), strict=True):
        np.testing.assert_allclose(averaged, decay * old + (1 - decay) * new, rtol=1e-5)
