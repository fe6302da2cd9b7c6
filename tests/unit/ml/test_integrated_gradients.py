"""Integrated Gradients against closed forms, in plain numpy: no network, no framework."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from ml.integrated_gradients import Accuracy, Attribution, PathIntegrand, integrate

Floats = npt.NDArray[np.float32]
SIZE = 4
IMAGES = np.random.default_rng(0).uniform(0.2, 1, (3, SIZE, SIZE)).astype(np.float32)

FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "linear": (lambda x: 3 * x, lambda x: np.full_like(x, 3)),
    "square": (lambda x: x**2, lambda x: 2 * x),
    "sine": (np.sin, np.cos),
    "saturating": (lambda x: np.tanh(30 * x), lambda x: (30 / np.cosh(30 * x) ** 2).astype(np.float32)),
}


def integrand(name: str, counter: list[int] | None = None) -> PathIntegrand:
    """F(x) is a sum over pixels, from black, so each pixel's attribution is known: f(x) − f(0)."""
    function, slope = FUNCTIONS[name]

    def evaluate(rows: npt.NDArray[np.int32], alphas: Floats) -> tuple[Floats, Floats]:
        if counter is not None:
            counter.append(len(rows))
        direction = IMAGES[rows]
        place = direction * alphas[:, None, None]
        return function(place).sum(axis=(1, 2)), slope(place) * direction

    return evaluate


def run(name: str, *, batch_size: int = 16, tolerance: float = 0.001, most: int = 512) -> list[Attribution]:
    accuracy = Accuracy(tolerance=tolerance, max_evaluations=most)
    return integrate(integrand(name), [0, 1, 2], accuracy=accuracy, batch_size=batch_size)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_attributions_are_those_of_the_closed_form(name: str) -> None:
    function, _ = FUNCTIONS[name]
    for image, found in zip(IMAGES, run(name), strict=True):
        np.testing.assert_allclose(found.map, function(image) - function(np.zeros_like(image)), rtol=0.02, atol=0.005)
        assert found.flags == ()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_attributions_add_up_to_the_difference_and_delta_says_how_well(name: str) -> None:
    for found in run(name):
        missing = float(found.map.sum(dtype=np.float64)) - (found.value - found.baseline_value)
        assert found.delta == pytest.approx(missing, abs=1e-4)
        assert found.relative_delta <= 0.001


@pytest.mark.parametrize("batch_size", [1, 3, 24, 1000])
def test_the_batch_size_does_not_change_the_maps(batch_size: int) -> None:
    for found, reference in zip(run("saturating", batch_size=batch_size), run("saturating"), strict=True):
        np.testing.assert_array_equal(found.map, reference.map)
        assert found.evaluations == reference.evaluations


def test_an_image_does_not_depend_on_its_neighbours() -> None:
    accuracy = Accuracy(tolerance=0.001)
    alone = integrate(integrand("sine"), [1], accuracy=accuracy, batch_size=16)[0]
    np.testing.assert_array_equal(alone.map, run("sine")[1].map)


def test_a_hard_path_gets_more_evaluations_than_an_easy_one() -> None:
    assert run("saturating")[0].evaluations > run("linear")[0].evaluations


def test_a_path_that_does_not_converge_within_its_budget_is_flagged() -> None:
    found = run("saturating", tolerance=1e-9, most=40)[0]
    assert found.evaluations <= 40
    assert found.flags == ("unconverged",)


def test_a_lucky_sum_is_checked_in_one_further_round() -> None:
    counter: list[int] = []
    integrate(integrand("linear", counter), [0], accuracy=Accuracy(), batch_size=64)
    assert counter == [24, 8]


def test_where_the_difference_is_small_the_tolerance_is_absolute_and_says_so() -> None:
    def flat(rows: npt.NDArray[np.int32], _: Floats) -> tuple[Floats, Floats]:
        return np.full(len(rows), 2.0, np.float32), np.zeros((len(rows), SIZE, SIZE), np.float32)

    found = integrate(flat, [0], accuracy=Accuracy(), batch_size=8)[0]
    assert found.flags == ("absolute_tolerance",)
    assert found.relative_delta == 0


def test_numbers_that_break_are_flagged_and_stop_nothing() -> None:
    def broken(rows: npt.NDArray[np.int32], alphas: Floats) -> tuple[Floats, Floats]:
        values, maps = integrand("sine")(rows, alphas)
        values[(rows == 1) & (alphas > 0.5)] = np.nan
        return values, maps

    found = integrate(broken, [0, 1], accuracy=Accuracy(), batch_size=16)
    assert found[0].flags == ()
    assert found[1].flags == ("non_finite",)


def test_a_check_that_raises_stops_the_work_between_two_batches() -> None:
    class Stop(Exception):
        pass

    calls: list[int] = []

    def check() -> None:
        if len(calls) == 2:
            raise Stop
        calls.append(1)

    with pytest.raises(Stop):
        integrate(integrand("sine"), [0, 1, 2], accuracy=Accuracy(), batch_size=8, check=check)
