"""Confirms a suspicion by intervention: what is suspected is pasted into other images and removed from its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ml.audit.shortcuts.arms import Group
from ml.audit.shortcuts.control_test import LEVEL, Tested
from ml.audit.shortcuts.effect import Effect, least_measured
from ml.audit.shortcuts.intervention import NONE, Intervention, intervene
from ml.audit.shortcuts.likeness import LEAST_LIKENESS, apart_from_subject, likeness
from ml.audit.shortcuts.masked_pixels import mask_at
from ml.audit.shortcuts.suspicion import Evidence, Images, Pictures, Predict, Suspicion

MOST_OWN, MOST_OTHERS = 96, 192
"""Images of the class in each arm of an intervention, and images of other classes, of which there are more."""
FIRST_IMAGES = 16
"""Images in each arm of the first look; what shows too little effect on them is not looked at further."""
FEWEST_IMAGES = 8
"""Images that must show it: what two or three images have in common can be anything."""
LOOKS_OF_EACH = 2
"""Of a suspicion: pasting and removing."""
_FIRST_TURNED, _FIRST_LOST = 1, 2


@dataclass(frozen=True)
class Confirmation:
    """What interventions showed.

    Attributes:
        suspicion: what was suspected.
        pasted: of images of other classes, how many turn to the class when it is pasted into them.
        pasted_random: the same of the control that comes nearest; of no image where pasting itself does too little.
        removed: of the class's images that show it, how many are lost without it.
        removed_random: the same of the control that comes nearest; of no image where removing does too little.
        confirmed: whether it is a shortcut.
        p_value: chance of so much more than the controls, after all looks of the audit; the smaller of both.
        words: one sentence for people.
    """

    suspicion: Suspicion
    pasted: Effect
    pasted_random: Effect
    removed: Effect
    removed_random: Effect
    confirmed: bool
    p_value: float
    words: str


def confirm(
    suspicion: Suspicion, evidence: Evidence, pictures: Pictures, predict: Predict, *, seed: int, suspicions: int = 1
) -> Confirmation:
    """Paste and remove what is suspected, beside controls, on at most ``MOST_OTHERS`` and ``MOST_OWN`` images.

    It is a shortcut if pasting turns at least 15 % of the images or removing loses at least 15 % (of sharpness 20 %),
    and that is more than every control does, at the level of 5 % after all looks of the audit (Bonferroni), and more
    than the same region does for any one other class, at the level of 5 %. A place, besides, must be apart from the
    subject.

    Args:
        suspicion: one of ``suspicions`` of this evidence.
        evidence: of all images.
        pictures: gives images.
        predict: the model.
        seed: draws images and places; the same for all suspicions of an audit.
        suspicions: how many are tried in the audit.
    """
    rng = np.random.default_rng(seed)
    own, others = _own(suspicion, evidence), _others(suspicion, evidence, rng)
    if len(own) < FEWEST_IMAGES or not others:
        words = (
            f"of {FEWEST_IMAGES} images that are needed to try it, {len(own)} show it and are recognised"
            if others
            else "no image of another class is recognised, so there is none to paste it into"
        )
        return _confirmation(suspicion, NONE, p_value=1.0, apart=True, words=words)

    def look(most_own: int, most_others: int) -> tuple[Intervention, bool]:
        group, rest = _group(own[:most_own], evidence, pictures), _group(others[:most_others], evidence, pictures)
        mark, apart = _what_it_is(suspicion, group.images)
        return intervene(suspicion, group, rest, predict, mark=mark, rng=rng), apart

    found, apart = look(FIRST_IMAGES, FIRST_IMAGES)
    if apart and (found.pasted.changed >= _FIRST_TURNED or found.removed.changed >= _FIRST_LOST):
        found, apart = look(MOST_OWN, MOST_OTHERS)
    looks = LOOKS_OF_EACH * suspicions
    p_value = min(_corrected(found.pasting, looks), _corrected(found.removing, looks))
    large = max(found.pasted.share, found.removed.share) >= least_measured(suspicion.kind)
    words = _words(found, subject=large and not apart)
    return _confirmation(suspicion, found, p_value=p_value, apart=apart, words=words)


def _what_it_is(suspicion: Suspicion, images: Images) -> tuple[bool, bool]:
    """Whether it is a mark, the same pixels in all images, and whether it cannot be a part of the subject."""
    if suspicion.place is None:
        return False, True
    mask = mask_at(suspicion.place, *images.shape[1:3])
    mark = likeness(images, mask) >= LEAST_LIKENESS
    return mark, apart_from_subject(mask, mark=mark)


def _corrected(against: Tested, looks: int) -> float:
    return min(1.0, looks * against.p_value) if against.consistent else 1.0


def _confirmation(
    suspicion: Suspicion, found: Intervention, *, p_value: float, apart: bool, words: str
) -> Confirmation:
    return Confirmation(
        suspicion=suspicion,
        pasted=found.pasted,
        pasted_random=found.pasting.control,
        removed=found.removed,
        removed_random=found.removing.control,
        confirmed=apart and p_value <= LEVEL,
        p_value=p_value,
        words=words,
    )


def _own(suspicion: Suspicion, evidence: Evidence) -> list[int]:
    right = evidence.right()
    return [image for image in suspicion.images if right[image]]


def _others(suspicion: Suspicion, evidence: Evidence, rng: np.random.Generator) -> list[int]:
    """Images of other classes, which are mostly the same for all suspicions of an audit, so that few are read."""
    usable = (evidence.predicted != suspicion.label) & evidence.right()
    order = rng.permutation(len(usable))
    return [int(image) for image in order[usable[order]]]


def _group(images: Sequence[int], evidence: Evidence, pictures: Pictures) -> Group:
    rows = np.asarray(images, np.int64)
    return Group(pictures(images), evidence.predicted[rows], rows)


def _words(found: Intervention, *, subject: bool) -> str:
    turned, lost = found.pasted, found.removed
    effects = (
        f"pasted, it turns {turned.changed} of {turned.of} images of other classes to this class; "
        f"without it, {lost.changed} of {lost.of} images of this class are lost"
    )
    return f"{effects}; but it may be a part of the subject itself" if subject else effects
