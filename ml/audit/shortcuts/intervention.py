"""Pastes and removes what is suspected, and holds what that does to predictions against its controls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.arms import Arms, Changed, Group
from ml.audit.shortcuts.control_test import LEVEL, UNTESTED, ControlFlags, Flags, Tested, against_controls
from ml.audit.shortcuts.effect import NO_EFFECT, Effect, effect, least_measured
from ml.audit.shortcuts.mark_change import mark_arms
from ml.audit.shortcuts.masked_pixels import mask_at
from ml.audit.shortcuts.picture_change import CHANGES, picture_arms
from ml.audit.shortcuts.picture_cues import frame_of, surround_of
from ml.audit.shortcuts.region_change import region_arms
from ml.audit.shortcuts.suspicion import Images, Predict, Suspicion

_FRAME_DEPTH = 0.08


@dataclass(frozen=True)
class Intervention:
    """What pasting and removing did, and how it stands against the controls.

    Attributes:
        pasted: of images of other classes, how many turn to the class when it is pasted into them.
        pasting: against its controls; untested where pasting does too little.
        removed: of the class's images that show it, how many are lost without it, by the first way of removing it.
        removing: against its controls; untested where removing does too little.
    """

    pasted: Effect
    pasting: Tested
    removed: Effect
    removing: Tested


NONE = Intervention(NO_EFFECT, UNTESTED, NO_EFFECT, UNTESTED)
"""The intervention where no image was changed."""


def intervene(
    suspicion: Suspicion, own: Group, others: Group, predict: Predict, *, mark: bool, rng: np.random.Generator
) -> Intervention:
    """Change images of the class that show it, and images of other classes.

    Args:
        suspicion: what is pasted and removed.
        own: images of the class that show it.
        others: images of other classes.
        predict: the model.
        mark: whether it is the same pixels in all images.
        rng: draws places and images of the controls.
    """
    arms = _arms(suspicion, own, others, rng)
    pasted = _changed_to(predict, arms.pasted)
    removed = [_predicted(predict, arm.images) != arm.labels for arm in arms.removed]
    turned, lost = effect(pasted), effect(removed[0]) if removed else NO_EFFECT
    least = least_measured(suspicion.kind)
    return Intervention(
        pasted=turned,
        pasting=_pasting(predict, pasted, arms, mark=mark) if turned.share >= least else UNTESTED,
        removed=lost,
        removing=_removing(predict, removed, arms, mark=mark) if lost.share >= least else UNTESTED,
    )


def _arms(suspicion: Suspicion, own: Group, others: Group, rng: np.random.Generator) -> Arms:
    height, width = own.images.shape[1:3]
    if suspicion.kind in CHANGES:
        share = suspicion.share * len(own.rows) / len(suspicion.images)
        return picture_arms(suspicion.kind, own, others, share=share)
    if suspicion.places:
        places = dict(zip(suspicion.images, suspicion.places, strict=True))
        return mark_arms([places[int(row)] for row in own.rows], own, others, rng=rng)
    if suspicion.kind == "border":
        return region_arms(frame_of(height, width, _FRAME_DEPTH), own, others, movable=False, rng=rng)
    if suspicion.place is None:
        return region_arms(surround_of(height, width), own, others, movable=False, rng=rng)
    return region_arms(mask_at(suspicion.place, height, width), own, others, movable=True, rng=rng)


def _pasting(predict: Predict, changed: Flags, arms: Arms, *, mark: bool) -> Tested:
    found = list[ControlFlags]()
    for control in (make() for make in arms.pasted_controls):
        predicted = _predicted(predict, control.images)
        found.append(ControlFlags(predicted == control.labels, control.paired, control.subject))
        found += [
            ControlFlags(predicted[each.rows] == each.labels, subject=each.subject, part=each.part)
            for each in control.also
        ]
    return against_controls(changed, found, mark=mark)


def _removing(predict: Predict, ways: Sequence[Flags], arms: Arms, *, mark: bool) -> Tested:
    """The first way of removing counts; each other one has to beat the controls, too, at the level of 5 % by itself."""
    found = [
        ControlFlags(_predicted(predict, each.images) != each.labels, each.paired, each.subject)
        for each in (make() for make in arms.removed_controls)
    ]
    first, *others = (against_controls(way, found, mark=mark) for way in ways)
    return replace(first, consistent=first.consistent and all(each.p_value <= LEVEL for each in others))


def _changed_to(predict: Predict, changed: Changed) -> Flags:
    return np.asarray(_predicted(predict, changed.images) == changed.labels)


def _predicted(predict: Predict, images: Images) -> npt.NDArray[np.integer]:
    return predict(images).argmax(axis=1) if len(images) else np.zeros(0, np.int64)
