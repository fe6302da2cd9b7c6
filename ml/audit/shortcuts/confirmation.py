"""Confirms a suspicion by intervention: what is suspected is pasted into other images and removed from its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Group
from ml.audit.shortcuts.effect import LEAST_EFFECT, NO_EFFECT, Effect, effect
from ml.audit.shortcuts.likeness import apart_from_subject
from ml.audit.shortcuts.mark_change import mark_arms
from ml.audit.shortcuts.masked_pixels import mask_at
from ml.audit.shortcuts.picture_change import CHANGES, picture_arms
from ml.audit.shortcuts.picture_cues import frame_of, surround_of
from ml.audit.shortcuts.region_change import region_arms
from ml.audit.shortcuts.suspicion import Evidence, Images, Pictures, Predict, Suspicion

MOST_IMAGES = 48
"""Images in each arm of an intervention."""
FIRST_IMAGES = 12
"""Images in each arm of the first look; what shows too little effect on them is not looked at further."""
FEWEST_IMAGES = 8
"""Images that must show it: what two or three images have in common can be anything."""
_FIRST_TURNED, _FIRST_LOST = 1, 2
_FRAME_DEPTH = 0.08


@dataclass(frozen=True)
class Confirmation:
    """What interventions showed.

    Attributes:
        suspicion: what was suspected.
        pasted: of images of other classes, how many turn to the class when it is pasted into them.
        pasted_random: the largest effect of the controls of pasting; of no image where pasting itself does too little.
        removed: of the class's images that show it, how many are lost without it; the weakest way of removing it.
        removed_random: the largest effect of the controls of removing; of no image where removing does too little.
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


@dataclass(frozen=True)
class _Effects:
    pasted: Effect
    pasted_random: Effect
    removed: Effect
    removed_random: Effect


def confirm(
    suspicion: Suspicion, evidence: Evidence, pictures: Pictures, predict: Predict, *, seed: int
) -> Confirmation:
    """Paste and remove what is suspected, beside controls, on at most ``MOST_IMAGES`` images in each arm.

    It is a shortcut if pasting turns at least 20 % of the images or removing loses at least 20 %, and Wilson's 95 %
    interval of that share lies above that of every control. A place, besides, must be apart from the subject.

    Args:
        suspicion: one of ``suspicions`` of this evidence.
        evidence: of all images.
        pictures: gives images.
        predict: the model.
        seed: draws images and places.
    """
    rng = np.random.default_rng(seed)
    own, others = _own(suspicion, evidence, pictures), _others(suspicion, evidence, pictures, rng)
    if len(own.images) < FEWEST_IMAGES or not len(others.images):
        nothing, count = (NO_EFFECT, NO_EFFECT, NO_EFFECT, NO_EFFECT), len(own.images)
        words = f"{count} images show it and are recognised: too few to try it on, {FEWEST_IMAGES} are needed"
        return Confirmation(suspicion, *nothing, confirmed=False, words=words)
    found = _tried(_arms(suspicion, own.first(FIRST_IMAGES), others.first(FIRST_IMAGES), rng), predict)
    if found.pasted.changed >= _FIRST_TURNED or found.removed.changed >= _FIRST_LOST:
        found = _tried(_arms(suspicion, own, others, rng), predict)
    effective = found.pasted.clear_of(found.pasted_random) or found.removed.clear_of(found.removed_random)
    apart = suspicion.place is None or apart_from_subject(own.images, mask_at(suspicion.place, *own.images.shape[1:3]))
    return Confirmation(
        suspicion=suspicion,
        pasted=found.pasted,
        pasted_random=found.pasted_random,
        removed=found.removed,
        removed_random=found.removed_random,
        confirmed=effective and apart,
        words=_words(found, apart=apart or not effective),
    )


def _own(suspicion: Suspicion, evidence: Evidence, pictures: Pictures) -> Group:
    right = evidence.right()
    images = [image for image in suspicion.images if right[image]][:MOST_IMAGES]
    return _group(images, evidence, pictures)


def _others(suspicion: Suspicion, evidence: Evidence, pictures: Pictures, rng: np.random.Generator) -> Group:
    images = np.flatnonzero((evidence.predicted != suspicion.label) & evidence.right())
    return _group([int(image) for image in rng.permutation(images)[:MOST_IMAGES]], evidence, pictures)


def _group(images: Sequence[int], evidence: Evidence, pictures: Pictures) -> Group:
    some = pictures(images) if images else np.zeros((0, 1, 1, 3), np.uint8)
    rows = np.asarray(images, np.int64)
    return Group(some, evidence.predicted[rows], rows)


def _tried(arms: Arms, predict: Predict) -> _Effects:
    """Effects of pasting and removing; their controls are tried where the effect is large enough to matter."""
    pasted = _turned(predict, arms.pasted)
    removed = min((_lost(predict, arm) for arm in arms.removed), key=_strength, default=NO_EFFECT)
    pasting = arms.pasted_controls if pasted.share >= LEAST_EFFECT else ()
    removing = arms.removed_controls if removed.share >= LEAST_EFFECT else ()
    return _Effects(
        pasted=pasted,
        pasted_random=max((_turned(predict, make()) for make in pasting), key=_strength, default=NO_EFFECT),
        removed=removed,
        removed_random=max((_lost(predict, make()) for make in removing), key=_strength, default=NO_EFFECT),
    )


def _arms(suspicion: Suspicion, own: Group, others: Group, rng: np.random.Generator) -> Arms:
    height, width = own.images.shape[1:3]
    if suspicion.kind in CHANGES:
        return picture_arms(suspicion.kind, own, others)
    if suspicion.places:
        places = dict(zip(suspicion.images, suspicion.places, strict=True))
        return mark_arms([places[int(row)] for row in own.rows], own, others, rng=rng)
    if suspicion.kind == "border":
        return region_arms(frame_of(height, width, _FRAME_DEPTH), own, others, movable=False, rng=rng)
    if suspicion.place is None:
        return region_arms(surround_of(height, width), own, others, movable=False, rng=rng)
    return region_arms(mask_at(suspicion.place, height, width), own, others, movable=True, rng=rng)


def _strength(found: Effect) -> tuple[float, int]:
    return found.share, found.of


def _turned(predict: Predict, changed: Changed) -> Effect:
    predicted = _predicted(predict, changed.images)
    effects = [effect(predicted[reading.rows] == reading.labels) for reading in changed.also]
    return max([effect(predicted == changed.labels), *effects], key=_strength)


def _lost(predict: Predict, changed: Changed) -> Effect:
    return effect(_predicted(predict, changed.images) != changed.labels)


def _predicted(predict: Predict, images: Images) -> npt.NDArray[np.integer]:
    return predict(images).argmax(axis=1) if len(images) else np.zeros(0, np.int64)


def _words(found: _Effects, *, apart: bool) -> str:
    turned, lost = found.pasted, found.removed
    effects = (
        f"pasted, it turns {turned.changed} of {turned.of} images of other classes to this class; "
        f"without it, {lost.changed} of {lost.of} images of this class are lost"
    )
    return effects if apart else f"{effects}; but it may be a part of the subject itself"
