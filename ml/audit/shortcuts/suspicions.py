"""Finds what a model may have made a shortcut of, from maps, features and pictures; none of it is confirmed yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from ml.audit.shortcuts.cue_differences import suspect_cues
from ml.audit.shortcuts.map_clusters import suspect_clusters
from ml.audit.shortcuts.moving_marks import suspect_moving_marks
from ml.audit.shortcuts.places import suspect_map_places, suspect_picture_places
from ml.audit.shortcuts.suspicion import Evidence, Pictures, Suspicion

MOST = 24
"""How many suspicions are handed on, so that confirming them takes a bounded time."""


def suspicions(evidence: Evidence, *, pictures: Pictures | None = None, seed: int) -> tuple[Suspicion, ...]:
    """The strongest suspicions, at most ``MOST``: the strongest of each kind, then the second of each, and so on.

    Args:
        evidence: of all images.
        pictures: gives images; without it, nothing is found that only the pictures show (marks that move).
        seed: of the permutations.
    """
    rng = np.random.default_rng(seed)
    found = suspect_map_places(evidence, rng=rng)
    found += suspect_picture_places(evidence, rng=rng)
    found += suspect_cues(evidence, rng=rng)
    found += suspect_clusters(evidence, rng=rng)
    if pictures is not None:
        found += suspect_moving_marks(evidence, pictures, rng=rng)
    return tuple(_in_turn(found))[:MOST]


def _in_turn(found: Iterable[Suspicion]) -> list[Suspicion]:
    """Statistics of different kinds cannot be compared, ranks within a kind can."""
    ranks, turns = defaultdict[tuple[str, bool], int](int), list[tuple[int, Suspicion]]()
    for suspicion in sorted(found, key=lambda each: -each.statistic):
        kind = (suspicion.kind, bool(suspicion.places))
        turns.append((ranks[kind], suspicion))
        ranks[kind] += 1
    return [suspicion for _, suspicion in sorted(turns, key=lambda turn: turn[0])]
