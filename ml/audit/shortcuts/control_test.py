"""Tests whether an intervention changes more predictions than its controls do.

A control that changes the same images in another way is held against it image by image, by McNemar's exact test
(McNemar 1947); one of other images by Fisher's. What is suspected has to beat every control, so the largest p-value
counts, without a correction (Berger 1982, "Multiparameter hypothesis testing and acceptance sampling").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binom

from ml.audit.shortcuts.effect import NO_EFFECT, Effect, effect
from ml.evaluation.fisher import fisher_more

LEVEL = 0.05
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class ControlFlags:
    """Which images of a control changed (n,).

    Attributes:
        changed: (n,).
        paired: whether they are the images of the arm, in its order.
        subject: whether they say only what a part of the subject does.
        part: whether they are only one class of a control, of which others are tested too.
    """

    changed: Flags
    paired: bool = False
    subject: bool = False
    part: bool = False


@dataclass(frozen=True)
class Tested:
    """An effect beside the control that comes nearest to it.

    Attributes:
        control: the effect of the control with the largest p-value; of no image where none was tried.
        p_value: chance of so much more than that control by chance alone, in one look; 1 where none was tried.
        consistent: whether it is above each class of a control, each alone, at the level of 5 %, and each other way of
            doing it is above the controls, too.
    """

    control: Effect
    p_value: float
    consistent: bool


UNTESTED = Tested(NO_EFFECT, 1.0, consistent=False)


def against_controls(changed: Flags, controls: Sequence[ControlFlags], *, mark: bool) -> Tested:
    """Hold an arm (n,) against its controls; a control of no image is passed over.

    Args:
        changed: whether the prediction of each image changed.
        controls: the same of images that were changed in other ways.
        mark: whether it is the same pixels in all images, so that it need not beat what parts of the subject do.
    """
    controls = [each for each in controls if not (mark and each.subject)]
    whole = [(_p_value(changed, each), each) for each in controls if len(each.changed) and not each.part]
    if not whole:
        return UNTESTED
    p_value, nearest = max(whole, key=lambda pair: pair[0])
    parts = (_p_value(changed, each) for each in controls if each.part)
    return Tested(effect(nearest.changed), p_value, consistent=all(each <= LEVEL for each in parts))


def _p_value(changed: Flags, control: ControlFlags) -> float:
    if control.paired:
        return mcnemar_more(changed, control.changed)
    return fisher_more(int(changed.sum()), len(changed), int(control.changed.sum()), len(control.changed))


def mcnemar_more(changed: Flags, control: Flags) -> float:
    """Chance of so many images (n,) changed and not by the control, if either way is as likely."""
    more, fewer = int((changed & ~control).sum()), int((control & ~changed).sum())
    return float(binom.sf(more - 1, more + fewer, 0.5))
