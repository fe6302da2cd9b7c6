"""The estimated error of the map against the true one, where the integral is known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath
from ml.attribution.integrated_gradients.attribution import Attribution
from ml.attribution.integrated_gradients.map_integral import MapIntegral
from ml.attribution.integrated_gradients.quadrature import graded_nodes, trapezoid_weights

Floats = npt.NDArray[np.float64]
TOLD = 1.25
"""An estimate counts as right where the true error is at most so many times as large."""


@dataclass(frozen=True)
class Pixels:
    """F is a sum over pixels; ``slope`` and ``true`` are each pixel's dF/dα and its integral, (P,)."""

    value: Callable[[float], float]
    slope: Callable[[float], Floats]
    true: Floats

    def integrate(self, accuracy: Accuracy) -> Attribution:
        path = AdaptivePath(accuracy)
        while len(wanted := path.next_nodes()):
            maps = [self.slope(alpha).astype(np.float32)[None] for alpha in wanted]
            path.insert(wanted, np.array([self.value(alpha) for alpha in wanted]), maps)
        return path.result()

    def error(self, found: Attribution) -> float:
        return float(np.abs(found.map[0] - self.true).sum() / np.abs(self.true).sum())


def steps(seed: int, *, pixels: int, cancelling: bool, width: float = 0.02, base: float = 0.0) -> Pixels:
    """Each pixel steps by ±0.2 somewhere between α = 0.55 and 0.8; those that cancel do so in pairs."""
    rng = np.random.default_rng(seed)
    places = np.repeat(rng.uniform(0.55, 0.8, pixels), 2)
    sizes = np.tile([0.2, -0.2 if cancelling else 0.2], pixels)
    rises = base * rng.uniform(0, 1, 2 * pixels)

    def reached(alpha: float) -> Floats:
        return np.asarray(sizes * (1 + np.tanh((alpha - places) / width)) / 2 + rises * alpha)

    def slope(alpha: float) -> Floats:
        return sizes / (2 * width * np.cosh(np.clip((alpha - places) / width, -50, 50)) ** 2) + rises

    return Pixels(lambda alpha: float(reached(alpha).sum()), slope, reached(1.0) - reached(0.0))


def jumps(seed: int, *, pixels: int, kinks: int) -> Pixels:
    """Piecewise linear, like a network of rectifiers: slopes jump at random places, each at a few pixels."""
    rng = np.random.default_rng(seed)
    places, start = rng.uniform(0, 1, kinks) ** 2, rng.normal(size=pixels)
    heights = rng.normal(size=(kinks, pixels)) * (rng.uniform(size=(kinks, pixels)) < 0.2)

    def reached(alpha: float) -> Floats:
        return start * alpha + np.maximum(alpha - places, 0) @ heights

    return Pixels(
        lambda alpha: float(reached(alpha).sum()), lambda alpha: start + (places < alpha) @ heights, reached(1.0)
    )


@pytest.mark.parametrize("base", [0.0, 0.2])
@pytest.mark.parametrize("pixels", [1, 10, 100])
@pytest.mark.parametrize("seed", range(4))
def test_steps_of_two_groups_that_cancel_in_the_sum_end_right(seed: int, pixels: int, base: float) -> None:
    function = steps(seed, pixels=pixels, cancelling=True, base=base)
    found = function.integrate(Accuracy())
    assert "unconverged" not in found.flags
    assert found.judged_delta <= 0.05
    assert function.error(found) <= TOLD * found.map_error <= TOLD * 0.05
    assert found.harder == "map"


def test_steps_that_cancel_are_flagged_where_evaluations_are_short() -> None:
    function = steps(0, pixels=10, cancelling=True)
    found = function.integrate(Accuracy(max_evaluations=32))
    assert found.judged_delta <= 0.05
    assert found.flags[0] == "unconverged"
    assert found.harder == "map"


@given(seed=st.integers(0, 999), kinks=st.integers(50, 500), tolerance=st.sampled_from([0.02, 0.05, 0.1]))
def test_the_estimate_bounds_the_true_error_of_piecewise_linear_paths(seed: int, kinks: int, tolerance: float) -> None:
    function = jumps(seed, pixels=200, kinks=kinks)
    found = function.integrate(Accuracy(map_tolerance=tolerance))
    assert function.error(found) <= TOLD * found.map_error


@given(st.lists(st.floats(-5, 5), min_size=3, max_size=3), st.floats(0.1, 3))
def test_the_estimate_bounds_the_true_error_of_smooth_paths(places: list[float], rate: float) -> None:
    phases = np.array(places)
    function = Pixels(
        lambda alpha: float(np.sin(phases + rate * alpha).sum()),
        lambda alpha: rate * np.cos(phases + rate * alpha),
        np.sin(phases + rate) - np.sin(phases),
    )
    found = function.integrate(Accuracy())
    if np.abs(function.true).sum() > 0.01:
        assert function.error(found) <= TOLD * found.map_error + 1e-5


def test_a_path_says_which_tolerance_was_the_harder() -> None:
    smooth = steps(0, pixels=10, cancelling=False, width=0.3)
    assert smooth.integrate(Accuracy(tolerance=1e-5, map_tolerance=0.5)).harder == "sum"
    assert smooth.integrate(Accuracy(tolerance=0.5, map_tolerance=1e-3)).harder == "map"


def test_cancellation_is_what_was_attributed_over_the_difference() -> None:
    heatmap = np.array([[3.0, -2.0]], np.float32)
    assert Attribution(heatmap, 2.0, 1.0, delta=0.0, evaluations=24).cancellation == 5
    assert Attribution(heatmap, 1.0, 1.0, delta=1.0, evaluations=24).cancellation == float("inf")


def test_maps_that_are_zero_everywhere_have_no_error() -> None:
    integral = MapIntegral()
    integral.add({node: np.zeros((2, 2), np.float32) for node in (0.0, 0.5, 1.0)})
    assert integral.relative_error() == 0


@given(seed=st.integers(0, 99), rounds=st.integers(1, 5))
def test_sums_that_are_kept_up_are_those_of_the_whole_rule(seed: int, rounds: int) -> None:
    rng = np.random.default_rng(seed)
    nodes, integral = graded_nodes(5), MapIntegral()
    maps = dict(zip(nodes.tolist(), rng.normal(size=(5, 3, 3)).astype(np.float32), strict=True))
    integral.add(maps)
    for _ in range(rounds):
        middles = (nodes[:-1] + nodes[1:])[rng.uniform(size=len(nodes) - 1) < 0.5] / 2
        added = dict(zip(middles.tolist(), rng.normal(size=(len(middles), 3, 3)).astype(np.float32), strict=True))
        integral.add(added)
        maps |= added
        nodes = np.array(sorted(maps))
    expected = np.tensordot(trapezoid_weights(nodes), np.stack([maps[node] for node in nodes.tolist()]), axes=1)
    np.testing.assert_allclose(integral.map, expected, rtol=1e-4, atol=1e-5)
    assert len(integral.distances(nodes.tolist())) == len(nodes) - 1
