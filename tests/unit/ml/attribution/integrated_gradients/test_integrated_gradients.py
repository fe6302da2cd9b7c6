"""Integrated Gradients against closed forms, in plain numpy: no network, no framework."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pytest

from ml.attribution.integrated_gradients.adaptive_path import Accuracy, AdaptivePath
from ml.attribution.integrated_gradients.attribution import Attribution
from ml.attribution.integrated_gradients.path_packing import integrate

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
SIZE = 4
IMAGES = np.random.default_rng(0).uniform(0.2, 1, (3, SIZE, SIZE)).astype(np.float32)

FUNCTIONS: dict[str, tuple[Callable[[Floats], Floats], Callable[[Floats], Floats]]] = {
    "linear": (lambda x: 3 * x, lambda x: np.full_like(x, 3)),
    "square": (lambda x: x**2, lambda x: 2 * x),
    "sine": (np.sin, np.cos),
    "saturating": (lambda x: np.tanh(30 * x), lambda x: (30 / np.cosh(30 * x) ** 2).astype(np.float32)),
}


@dataclass(eq=False)
class SumOverPixels:
    """F(x) = Σ f(pixel), on paths from black, so each pixel's attribution is known: f(x) − f(0)."""

    name: str
    batch_size: int = 16
    slots: int = 3
    calls: list[int] = field(default_factory=list)
    opened: dict[int, Floats] = field(default_factory=dict)

    def open(self, slot: int, image: Floats) -> None:
        self.opened[slot] = image

    def __call__(self, slots: Ints, alphas: Floats) -> tuple[Floats, Floats]:
        self.calls.append(len(slots))
        function, slope = FUNCTIONS[self.name]
        direction = np.stack([self.opened[int(slot)] for slot in slots])
        place = direction * alphas[:, None, None]
        return function(place).sum(axis=(1, 2)), slope(place) * direction


class Flat(SumOverPixels):
    """F is 2 everywhere."""

    def __call__(self, slots: Ints, _: Floats) -> tuple[Floats, Floats]:
        return np.full(len(slots), 2.0, np.float32), np.zeros((len(slots), SIZE, SIZE), np.float32)


class Broken(SumOverPixels):
    """F is not a number on the second half of the second image's path."""

    def __call__(self, slots: Ints, alphas: Floats) -> tuple[Floats, Floats]:
        values, maps = super().__call__(slots, alphas)
        second = np.array(
            [self.opened[int(slot)] is not None and (self.opened[int(slot)] == IMAGES[1]).all() for slot in slots]
        )
        values[second & (alphas > 0.5)] = np.nan
        return values, maps


def run(
    integrand: SumOverPixels, images: Floats = IMAGES, *, tolerance: float = 0.001, most: int = 512
) -> list[Attribution]:
    accuracy = Accuracy(tolerance=tolerance, max_evaluations=most, map_tolerance=0.02)
    ended = dict(integrate(integrand, images, lambda: AdaptivePath(accuracy)))
    return [ended[number] for number in range(len(images))]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_attributions_are_those_of_the_closed_form(name: str) -> None:
    function, _ = FUNCTIONS[name]
    for image, found in zip(IMAGES, run(SumOverPixels(name)), strict=True):
        np.testing.assert_allclose(found.map, function(image) - function(np.zeros_like(image)), rtol=0.02, atol=0.005)
        assert found.flags == ()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_attributions_add_up_to_the_difference_and_delta_says_how_well(name: str) -> None:
    for found in run(SumOverPixels(name)):
        missing = float(found.map.sum(dtype=np.float64)) - (found.value - found.baseline_value)
        assert found.delta == pytest.approx(missing, abs=1e-4)
        assert found.relative_delta <= 0.001


@pytest.mark.parametrize(("batch_size", "slots"), [(1, 1), (3, 2), (24, 3), (1000, 3), (16, 1)])
def test_batch_size_and_room_do_not_change_the_maps(batch_size: int, slots: int) -> None:
    packed = run(SumOverPixels("saturating", batch_size=batch_size, slots=slots))
    for found, reference in zip(packed, run(SumOverPixels("saturating")), strict=True):
        np.testing.assert_array_equal(found.map, reference.map)
        assert found.evaluations == reference.evaluations


def test_an_image_does_not_depend_on_its_neighbours() -> None:
    alone = run(SumOverPixels("sine"), IMAGES[1:2])[0]
    np.testing.assert_array_equal(alone.map, run(SumOverPixels("sine"))[1].map)


def test_batches_stay_full_until_the_last_images() -> None:
    integrand = SumOverPixels("saturating", batch_size=8, slots=4)
    many = np.random.default_rng(1).uniform(0.2, 1, (40, SIZE, SIZE)).astype(np.float32)
    found = run(integrand, many, tolerance=0.05)
    assert sum(integrand.calls) == sum(each.evaluations for each in found)
    assert integrand.calls[:-8] == [8] * (len(integrand.calls) - 8)


def test_a_hard_path_gets_more_evaluations_than_an_easy_one() -> None:
    assert run(SumOverPixels("saturating"))[0].evaluations > run(SumOverPixels("linear"))[0].evaluations


def test_a_path_that_does_not_converge_within_its_budget_is_flagged() -> None:
    found = run(SumOverPixels("saturating"), tolerance=1e-9, most=40)[0]
    assert found.evaluations <= 40
    assert found.flags == ("unconverged",)


@pytest.mark.parametrize(("most", "flags"), [(16, ("unconverged",)), (512, ())])
def test_no_path_has_converged_at_the_first_look(most: int, flags: tuple[str, ...]) -> None:
    found = run(SumOverPixels("linear"), IMAGES[:1], most=most)[0]
    assert found.evaluations == min(most, 16 + 8)
    assert found.flags == flags


def test_a_path_whose_worst_intervals_are_too_narrow_goes_on_with_the_others() -> None:
    path = AdaptivePath(Accuracy(tolerance=0.05))
    narrow = np.float32(0.5) + np.arange(20, dtype=np.float32) * np.spacing(np.float32(0.5))
    nodes = np.concatenate([np.linspace(0, 0.45, 10), narrow, [0.75, 1.0]]).astype(np.float64)
    path.insert(nodes, nodes, [np.full((1, 1), 1e9 * (0.5 <= node < 0.75), np.float32) for node in nodes])
    following = path.next_nodes()
    assert len(following) == 8
    assert not ((following > 0.5) & (following < narrow[-1])).any()


def test_a_path_without_an_interval_that_can_be_halved_stops_and_says_so() -> None:
    path = AdaptivePath(Accuracy(tolerance=0.05))
    nodes = np.array([0.0, np.nextafter(np.float32(0), np.float32(1))], np.float64)
    path.insert(nodes, np.array([0.0, 1.0]), [np.zeros((1, 1), np.float32)] * 2)
    assert path.next_nodes().size == 0
    assert path.result().flags == ("unconverged",)


def test_where_the_difference_is_small_the_tolerance_is_absolute_and_says_so() -> None:
    found = run(Flat("linear"))[0]
    assert found.flags == ("absolute_tolerance",)
    assert found.relative_delta == 0


class Faint(SumOverPixels):
    """The sine a ten-thousandth as strong, as the logits of a model with random weights are."""

    def __call__(self, slots: Ints, alphas: Floats) -> tuple[Floats, Floats]:
        values, maps = super().__call__(slots, alphas)
        return values * np.float32(1e-4), maps * np.float32(1e-4)


def test_without_a_smallest_difference_a_faint_function_is_integrated_as_exactly_as_a_strong_one() -> None:
    accuracy = Accuracy(tolerance=2e-5, smallest_difference=0.0)
    (_, found), *_ = integrate(Faint("sine"), IMAGES[:1], lambda: AdaptivePath(accuracy))
    floored = run(Faint("sine"), IMAGES[:1], tolerance=2e-5)[0]
    assert abs(found.value - found.baseline_value) < 0.1
    assert found.relative_delta <= 2e-5 < floored.relative_delta
    assert (found.flags, floored.flags) == ((), ("absolute_tolerance",))


def test_numbers_that_break_are_flagged_and_stop_nothing() -> None:
    found = run(Broken("sine"))
    assert found[0].flags == ()
    assert found[1].flags == ("non_finite",)


def test_a_check_that_raises_stops_the_work_between_two_batches() -> None:
    class Stop(Exception):
        pass

    integrand = SumOverPixels("sine", batch_size=8)

    def check() -> None:
        if len(integrand.calls) == 2:
            raise Stop

    with pytest.raises(Stop):
        list(integrate(integrand, IMAGES, lambda: AdaptivePath(Accuracy()), check=check))
    assert len(integrand.calls) == 2
