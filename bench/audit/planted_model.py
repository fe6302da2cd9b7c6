"""Plants something in a class, trains a network on it, and measures whether the network uses what was planted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from bench.audit.case import CLEAN, Case
from bench.audit.flowers import flowers
from bench.audit.linear_head import Explained, LinearHead
from bench.audit.networks import train
from bench.audit.plants import PLANTS, Plant, Planted
from ml.audit.shortcuts.effect import Effect, effect
from ml.audit.shortcuts.suspicion import Place

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
_OTHERS = 512
"""Images of other classes in which it is planted, if there are so many: of 64, a share of 20 % is one of 12 to 31 %."""
USED = 0.2
"""Share of images, turned by planting or lost by removing, from which a network uses something."""
CLEAN_LEARNS = 0.8
"""Share of the training pictures, drawn by its seed, that a clean model learns: on all of them, all were the same."""


@dataclass(frozen=True, eq=False)
class Truth:
    """What the network does with what was planted.

    Attributes:
        label: the class in which it was planted.
        places: where it is in each test image that carries it; empty where it has no place.
        carriers: indices of these images.
        turned: of images of other classes, how many turn to the class when it is planted in them.
        lost: of the carriers, how many are recognised with it and not without it, less those the other way round.
    """

    label: int
    places: tuple[Place, ...]
    carriers: tuple[int, ...]
    turned: Effect
    lost: float

    @property
    def used(self) -> bool:
        """Whether the network uses it: removing costs 20 points of recall, or planting turns 20 %."""
        return self.turned.share >= USED or self.lost >= USED


@dataclass(frozen=True, eq=False)
class PlantedModel:
    """A network, the test images on which it is audited, and the truth; None of a clean one."""

    case: Case
    head: LinearHead
    images: Images
    labels: Labels
    explained: Explained
    truth: Truth | None


def planted_model(case: Case) -> PlantedModel:
    """Make the model of a case."""
    rng, clean = np.random.default_rng(case.seed), flowers(case.source)
    label = int(rng.integers(clean.classes))
    plant = None if case.plant == CLEAN else PLANTS[case.plant](rng)
    training, _ = _plant(clean.training, clean.training_labels == label, plant, case.share, rng)
    images, planted = _plant(clean.test, clean.test_labels == label, plant, case.share, rng)
    learnt = (
        np.arange(len(training))
        if plant
        else np.sort(rng.permutation(len(training))[: round(CLEAN_LEARNS * len(training))])
    )
    head = train(case.source, training[learnt], clean.training_labels[learnt], seed=case.seed)
    model = PlantedModel(case, head, images, clean.test_labels, head.explain(images), None)
    return model if plant is None else replace(model, truth=_truth(model, label, planted, plant, rng))


def _plant(
    images: Images, member: npt.NDArray[np.bool_], plant: Plant | None, share: float, rng: np.random.Generator
) -> tuple[Images, dict[int, Planted]]:
    if plant is None:
        return images, {}
    members = rng.permutation(np.flatnonzero(member))
    planted = {int(index): plant(images[index]) for index in sorted(members[: round(share * len(members))])}
    changed = images.copy()
    for index, one in planted.items():
        changed[index] = one.image
    return changed, planted


def _truth(
    model: PlantedModel, label: int, planted: dict[int, Planted], plant: Plant, rng: np.random.Generator
) -> Truth:
    """Take away and plant: the clean pictures are known."""
    clean, head, carriers = flowers(model.case.source).test, model.head, list(planted)
    others = rng.permutation(np.flatnonzero((model.labels != label) & (model.explained.predicted != label)))[:_OTHERS]
    turned = _predicted(head, np.stack([plant(image).image for image in clean[others]])) == label
    recognised = model.explained.predicted[carriers] == label
    without = _predicted(head, clean[carriers]) == label
    places = tuple(one.place for one in planted.values() if one.place is not None)
    return Truth(label, places, tuple(carriers), effect(turned), float(recognised.mean() - without.mean()))


def _predicted(head: LinearHead, images: Images) -> Labels:
    return np.asarray(head.predict(images).argmax(axis=1), np.int64)
