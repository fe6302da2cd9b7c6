"""Computes the deletion and insertion metrics: how the class probability changes as a map's pixels are replaced.

RISE (Petsiuk et al. 2018, "Evaluation metrics"): pixels are replaced in the order of the map, the most important
first, and the probability of the class is recorded. Deletion goes from the image to one colour, insertion from a
blurred image to the image; each gives the area under its curve, between 0 and 1. A good map has a small deletion area
and a large insertion area. Both judge the map, not the model: what the model has learnt, they take as it is. The area
of a random map says what any order of the pixels would reach.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import Literal, Protocol

import numpy as np
import numpy.typing as npt

from ml.attribution.quality.faithfulness_protocol import FLORESCOPE, FaithfulnessProtocol
from ml.data.image_size import ImageSize, height_and_width

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]
CurveName = Literal["deletion", "insertion"]


class TargetProbability(Protocol):
    """The model as a function to the probability of one class."""

    def __call__(self, images: Floats, targets: Ints, /) -> Floats:
        """Softmax probability (m,) of each image's target class; images are (m, S, S, 3) raw RGB, targets (m,)."""
        ...


@dataclass(frozen=True, eq=False)
class Subject:
    """One map to measure: ``image`` (S, S, 3) raw RGB, ``heatmap`` (S, S), and the class that it explains."""

    image: Floats
    heatmap: Floats
    target: int


@dataclass(frozen=True, eq=False)
class Curve:
    """Probabilities (steps + 1,) of the target while 0, 1/steps, … 1 of the pixels are replaced; none if not finite."""

    probabilities: npt.NDArray[np.float64]

    @property
    def area(self) -> float:
        """Area under the curve over the share of pixels, by the trapezoidal rule; NaN where the map is not finite."""
        if not len(self.probabilities):
            return np.nan
        return float(np.mean((self.probabilities[1:] + self.probabilities[:-1]) / 2))


@dataclass(frozen=True, eq=False)
class _Replacement:
    """Replaces one picture (S, S, 3) by another in ``steps``, in the order of ``places`` (S, S)."""

    start: Floats
    end: Floats
    places: Ints
    target: int
    steps: int

    def after(self, step: int) -> Floats:
        """The picture with ``step`` of ``steps`` parts of its pixels replaced."""
        replaced = round(step / self.steps * self.places.size)
        return np.where((self.places < replaced)[..., None], self.end, self.start)


def curves(
    probability: TargetProbability,
    subjects: Sequence[Subject],
    curve: CurveName,
    *,
    batch_size: int,
    protocol: FaithfulnessProtocol = FLORESCOPE,
    check: Callable[[], None] = lambda: None,
) -> list[Curve]:
    """The curve of each subject's class probability; subjects share batches, but results do not depend on that.

    Args:
        probability: called with ``batch_size`` images at most.
        curve: ``deletion`` or ``insertion``.
        protocol: how pixels are replaced.
        check: called before each batch; may raise to stop.
    """
    steps = [protocol.steps(len(subject.image)) if _usable(subject) else 0 for subject in subjects]
    ways = (_way(subject, curve, protocol) for subject in subjects if _usable(subject))
    points = ((way, step) for way in ways for step in range(way.steps + 1))
    found = [np.empty(0, np.float32)]
    for batch in _batches(points, batch_size):
        check()
        images = np.stack([way.after(step) for way, step in batch])
        found.append(probability(images, np.asarray([way.target for way, _ in batch], np.int32)))
    values = iter(np.concatenate(found).astype(np.float64))
    return [Curve(np.fromiter(islice(values, count + 1 if count else 0), np.float64)) for count in steps]


def random_map(size: ImageSize, *, seed: int) -> Floats:
    """A map (S, S) that knows neither picture nor model: a random number for every pixel."""
    return np.random.default_rng(seed).random(height_and_width(size), np.float32)


def removal_order(heatmap: Floats) -> Ints:
    """The place (S, S) of each pixel in the order from the largest value to the smallest, from 0.

    Pixels of equal value come in a fixed random order: in row order, a map of ties would delete from the top down.
    """
    shuffled = _shuffled_pixels(heatmap.size)
    order = shuffled[np.argsort(-heatmap.ravel()[shuffled], kind="stable")]
    places = np.empty(heatmap.size, np.int32)
    places[order] = np.arange(heatmap.size, dtype=np.int32)
    return places.reshape(heatmap.shape)


def _usable(subject: Subject) -> bool:
    return bool(np.isfinite(subject.heatmap).all())


def _way(subject: Subject, curve: CurveName, protocol: FaithfulnessProtocol) -> _Replacement:
    image = subject.image.astype(np.float32)
    deleting = curve == "deletion"
    start, end = (image, protocol.filled(image)) if deleting else (protocol.blurred(image), image)
    return _Replacement(start, end, removal_order(subject.heatmap), subject.target, protocol.steps(len(image)))


def _batches(points: Iterator[tuple[_Replacement, int]], size: int) -> Iterator[list[tuple[_Replacement, int]]]:
    while batch := list(islice(points, size)):
        yield batch


@lru_cache(maxsize=2)
def _shuffled_pixels(count: int) -> npt.NDArray[np.int64]:
    return np.random.default_rng(0).permutation(count)
