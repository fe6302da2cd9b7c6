from __future__ import annotations

import io

import numpy as np
from PIL import Image

from ml.figures.leaderboard_figure import Bar, leaderboard_png
from ml.figures.learning_curves import Curve, learning_curves_png


def pixels(png: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(png)) as image:
        return np.asarray(image.convert("RGB")).astype(int)


def share_of(picture: np.ndarray, colour: tuple[int, int, int]) -> float:
    return float((np.abs(picture - np.asarray(colour)).sum(axis=-1) < 30).mean())


CHOSEN, OTHER = (176, 42, 99), (143, 179, 217)


def test_the_best_trial_has_a_colour_of_its_own_and_bars_are_as_long_as_their_accuracy() -> None:
    picture = pixels(leaderboard_png([Bar("best", 0.8, 0.7, 10), Bar("other", 0.4, None, 10)]))
    assert share_of(picture, CHOSEN) > 1.5 * share_of(picture, OTHER) > 0


def test_a_leaderboard_grows_with_its_trials() -> None:
    two, ten = (pixels(leaderboard_png([Bar("trial", 0.5, None, 1)] * count)) for count in (2, 10))
    assert ten.shape[0] > two.shape[0]


def test_curves_are_drawn_for_what_was_measured_and_leave_out_what_was_not() -> None:
    blue, red = (47, 111, 179), (176, 42, 99)
    picture = pixels(learning_curves_png([Curve("Accuracy", [0.1, 0.9], [None, None])]))
    assert share_of(picture, blue) > 0
    assert share_of(picture, red) == 0


def test_the_epochs_of_a_published_mean_are_marked_as_a_span_and_a_single_one_as_a_line() -> None:
    curves = [Curve("Accuracy", [0.1, 0.5, 0.9], [None] * 3)]
    plain, line, span = (pixels(learning_curves_png(curves, published=epochs)) for epochs in ((), (2,), (1, 2, 3)))
    marked = [float((picture != plain).any(axis=-1).mean()) for picture in (line, span)]
    assert 0 < 10 * marked[0] < marked[1]


def test_a_training_without_measurements_still_has_a_picture() -> None:
    assert pixels(learning_curves_png([Curve("Accuracy", [], []), Curve("Loss", [], [])])).size
