"""Tells which confirmed suspicions are the same thing: a square stands out in maps, in pixels and in features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from ml.audit.shortcuts.confirmation import Confirmation
from ml.audit.shortcuts.suspicion import Place, Suspicion

SAME_PART = 0.5
"""Two places are the same where so much of the smaller one lies in the larger one, in the median of the images that
show both. A convention."""
_AROUND = frozenset({"border", "background"})
"""Kinds of suspicion that count as the same: the border is a part of the background."""


def same_shortcuts(confirmed: Sequence[Confirmation]) -> list[list[Confirmation]]:
    """Groups of one thing each, in the order of their first members here; within a group the strongest comes first."""
    groups = list[list[Confirmation]]()
    for each in sorted(confirmed, key=_strength, reverse=True):
        group = next((group for group in groups if _same(group[0].suspicion, each.suspicion)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return sorted(groups, key=lambda group: min(map(confirmed.index, group)))


def _strength(confirmation: Confirmation) -> float:
    return max(confirmation.pasted.share, confirmation.removed.share)


def _same(first: Suspicion, second: Suspicion) -> bool:
    if first.label != second.label:
        return False
    if {first.kind, second.kind} <= _AROUND:
        return True
    here, there = _places(first), _places(second)
    both = [(here[image], there[image]) for image in here.keys() & there.keys()]
    inside = [one.shared_with(other) / min(one.area, other.area) for one, other in both]
    return bool(inside) and float(np.median(inside)) >= SAME_PART


def _places(suspicion: Suspicion) -> Mapping[int, Place]:
    """Where it is in each image that shows it; of none where it has no place."""
    places = suspicion.places or (suspicion.place,) * len(suspicion.images)
    return {image: place for image, place in zip(suspicion.images, places, strict=True) if place is not None}
