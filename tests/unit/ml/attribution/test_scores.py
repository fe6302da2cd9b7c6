"""Scores: what they are, that closed forms are their gradients, and that offsets of logits change none of them."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from ml.attribution.integrated_gradients.path_gradients import PathEnds, PathGradients
from ml.attribution.scores import CENTRED, LIKELIEST_OTHER, NO_FOIL, Score, resolved_foils
from ml.errors import MlError
from tests.unit.ml.small_networks import scored

LOGITS = np.array([[2.0, -1.0, 0.5, 3.0], [0.0, 4.0, 4.5, -2.0]], np.float32)
COMPARED = [score for score in ("centred", "log_probability", "against:2")]
SCORES = [*COMPARED, "logit"]
Floats = Any


def foils_of(score: Score, shape: tuple[int, ...]) -> Any:
    return np.full(shape, score.foil_of(None), np.int32)


def values(score: Score, logits: Floats, target: int) -> Any:
    count = len(logits)
    return score.values(tf.constant(logits), np.full(count, target, np.int32), foils_of(score, (count,)))


@pytest.mark.parametrize("name", [*SCORES, "against:second", "against:true", "against:0"])
def test_a_score_is_written_as_it_was_read(name: str) -> None:
    assert str(Score.parse(name)) == name


@pytest.mark.parametrize("name", ["", "centered", "against", "against:", "against:rose", "against:-1", "logit:2"])
def test_what_is_no_score_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(MlError, match="use 'centred', 'logit', 'log_probability', 'against:second'"):
        Score.parse(name)


@pytest.mark.parametrize("name", SCORES)
def test_the_value_of_a_score_is_its_formula(name: str) -> None:
    score = Score.parse(name)
    foil = score.foil if isinstance(score.foil, int) else None
    expected = scored(tf.constant(LOGITS), 1, score=score.kind, foil=foil)
    np.testing.assert_allclose(values(score, LOGITS, 1), expected, atol=1e-6)


@pytest.mark.parametrize("name", SCORES)
def test_the_contrast_of_a_score_is_its_gradient(name: str) -> None:
    score, logits, classes = Score.parse(name), tf.constant(LOGITS), np.array([[0, 1, 3]] * 2, np.int32)
    found = score.contrasts(logits, classes, foils_of(score, classes.shape))
    for place, target in enumerate(classes[0]):
        with tf.GradientTape() as tape:
            tape.watch(logits)
            value = values(score, logits, int(target))
        np.testing.assert_allclose(found[:, place], tape.gradient(value, logits), atol=1e-6)


@pytest.mark.parametrize("name", COMPARED)
def test_nothing_that_is_added_to_all_logits_counts(name: str) -> None:
    score, offset = Score.parse(name), np.array([[7], [-30]], np.float32)
    np.testing.assert_allclose(values(score, LOGITS + offset, 0), values(score, LOGITS, 0), atol=1e-5)


def test_the_likeliest_other_class_is_the_second_or_for_any_other_class_the_first() -> None:
    classes, asked = np.array([[3, 0], [2, 3]], np.int32), np.full((2, 2), LIKELIEST_OTHER, np.int32)
    assert resolved_foils(asked, classes, tf.constant(LOGITS)).numpy().tolist() == [[0, 3], [1, 2]]


def test_a_class_is_not_held_against_itself_but_against_the_likeliest_other() -> None:
    classes, asked = np.array([[3, 0]] * 2, np.int32), np.array([[3, 3]] * 2, np.int32)
    assert resolved_foils(asked, classes, tf.constant(LOGITS)).numpy().tolist() == [[0, 3], [2, 3]]


def test_a_score_without_a_foil_stays_without_one() -> None:
    classes = np.array([[0, 1, 2, 3]] * 2, np.int32)
    asked = foils_of(CENTRED, classes.shape)
    assert (resolved_foils(asked, classes, tf.constant(LOGITS)).numpy() == NO_FOIL).all()


def test_the_true_class_of_an_image_without_a_label_cannot_be_a_foil() -> None:
    with pytest.raises(MlError, match="needs images with labels"):
        Score.parse("against:true").foil_of(None)


@cache
def compiled(score: Score, logits: Any) -> PathGradients:
    return PathGradients(logits, image_size=4, batch_size=8, slots=1, score=score)


def along_a_path(score: Score, logits: Any, *, target: int, foil: int = NO_FOIL) -> tuple[Any, Any]:
    """F and its attribution density at seven points of a path."""
    gradients = compiled(score, logits)
    ends = np.random.default_rng(2).uniform(0, 255, (2, 4, 4, 3)).astype(np.float32)
    gradients.open(0, PathEnds(ends[0], ends[1], target, foil))
    return gradients(np.zeros(7, np.int32), np.linspace(0, 1, 7, dtype=np.float32))


def some_logits(images: Any) -> Any:
    weights = tf.constant(np.random.default_rng(1).normal(size=(48, 4)).astype(np.float32))
    return 3 * tf.tanh(tf.reshape(images, (-1, 48)) / 255 @ weights)


@cache
def offset() -> Any:
    """Slope, power and bend of what is added: variables, so that no example is compiled anew."""
    return tf.Variable([0.0, 1.0, 0.0])


def shifted(images: Any) -> Any:
    slope, power, bend = tf.unstack(offset())
    mean = tf.reduce_mean(images / 255, axis=(1, 2, 3))
    return some_logits(images) + (slope * mean**power + 5 * tf.sin(bend * mean))[:, None]


@settings(max_examples=20)
@given(
    slope=st.floats(-20, 20, width=32),
    power=st.sampled_from([1, 2, 3]),
    bend=st.floats(-3, 3, width=32),
)
def test_integrated_gradients_ignore_whatever_function_of_the_image_is_added_to_all_logits(
    slope: float, power: int, bend: float
) -> None:
    offset().assign([slope, power, bend])
    for name in COMPARED:
        score = Score.parse(name)
        plain, found = (
            along_a_path(score, each, target=1, foil=score.foil_of(None)) for each in (some_logits, shifted)
        )
        np.testing.assert_allclose(found[0], plain[0], atol=1e-4)
        np.testing.assert_allclose(found[1], plain[1], atol=1e-5 * max(1.0, abs(slope)))


def test_contrasts_add_up_along_a_path() -> None:
    score = Score.parse("against:second")
    pairs = [(0, 1), (1, 2), (0, 2)]
    (one, one_map), (other, other_map), (both, both_map) = (
        along_a_path(score, some_logits, target=target, foil=foil) for target, foil in pairs
    )
    np.testing.assert_allclose(one + other, both, atol=1e-5)
    np.testing.assert_allclose(one_map + other_map, both_map, atol=1e-5)
