"""Confirms a suspicion by intervention: what is suspected is pasted into other images and removed from its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.effect import Effect, effect
from ml.audit.shortcuts.regions import Box, blurred_over, box_at, moved, pasted
from ml.audit.shortcuts.suspicion import Evidence, Pictures, Predict, Suspicion

MOST_IMAGES = 48
"""Images in each arm of an intervention."""

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Confirmation:
    """What interventions showed.

    Attributes:
        suspicion: what was suspected.
        pasted: of images of other classes, how many turn to the class when it is pasted into them.
        pasted_random: the same with other regions of the same size.
        removed: of the class's images that show it, how many are lost without it; the weaker of two fillings.
        removed_random: the same with other regions of the same size.
        confirmed: whether it is a shortcut.
        words: one sentence for people.
    """

    suspicion: Suspicion
    pasted: Effect
    pasted_random: Effect
    removed: Effect
    removed_random: Effect
    confirmed: bool
    words: str


def confirm(
    suspicion: Suspicion, evidence: Evidence, pictures: Pictures, predict: Predict, *, seed: int
) -> Confirmation:
    """Paste and remove what is suspected, beside controls, on at most ``MOST_IMAGES`` images in each arm.

    It is a shortcut if pasting turns at least 20 % of the images or removing loses at least 20 %, and Wilson's 95 %
    interval of that share lies above that of the control.
    """
    rng = np.random.default_rng(seed)
    own = pictures(_own(suspicion, evidence))
    others = pictures(_others(suspicion, evidence, rng))
    height, width = own.shape[1:3]
    box = box_at(suspicion.place, height, width) if suspicion.place else Box(0, 0, height, width)
    away = [moved(box, height, width, rng=rng) for _ in range(MOST_IMAGES)]
    here = [box] * MOST_IMAGES
    arms = (
        _turned(predict, _paste(others, own, here), suspicion.label),
        _turned(predict, _paste(others, own, away), suspicion.label),
        _lost(predict, [_fill(own, here), _paste(own, others, here)], suspicion.label),
        _lost(predict, [_fill(own, away), _paste(own, others, away)], suspicion.label),
    )
    confirmed = arms[0].clear_of(arms[1]) or arms[2].clear_of(arms[3])
    return Confirmation(suspicion, *arms, confirmed, _words(arms[0], arms[2]))


def _own(suspicion: Suspicion, evidence: Evidence) -> Sequence[int]:
    right = evidence.right()
    return [image for image in suspicion.images if right[image]][:MOST_IMAGES]


def _others(suspicion: Suspicion, evidence: Evidence, rng: np.random.Generator) -> Sequence[int]:
    known = evidence.predicted if evidence.true is None else evidence.true
    images = np.flatnonzero((evidence.predicted != suspicion.label) & (known != suspicion.label))
    return [int(image) for image in rng.permutation(images)[:MOST_IMAGES]]


def _paste(targets: Images, sources: Images, boxes: Sequence[Box]) -> Images:
    if not len(targets) or not len(sources):
        return targets[:0]
    return np.stack([pasted(target, sources[i % len(sources)], boxes[i]) for i, target in enumerate(targets)])


def _fill(images: Images, boxes: Sequence[Box]) -> Images:
    return (
        np.stack([blurred_over(image, box) for image, box in zip(images, boxes, strict=False)])
        if len(images)
        else images
    )


def _turned(predict: Predict, images: Images, label: int) -> Effect:
    return effect(predict(images).argmax(axis=1) == label if len(images) else np.zeros(0, bool))


def _lost(predict: Predict, fillings: Sequence[Images], label: int) -> Effect:
    effects = [effect(predict(images).argmax(axis=1) != label) for images in fillings if len(images)]
    return min(effects, key=lambda found: found.share, default=effect(np.zeros(0, bool)))


def _words(pasted_effect: Effect, removed_effect: Effect) -> str:
    return (
        f"pasted, it turns {pasted_effect.changed} of {pasted_effect.of} images of other classes; "
        f"without it, {removed_effect.changed} of {removed_effect.of} images of its own are lost"
    )
