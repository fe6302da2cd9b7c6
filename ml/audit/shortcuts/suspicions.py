"""Finds what a model may have made a shortcut of, from maps, features and pictures; none of it is confirmed yet."""

from __future__ import annotations

import numpy as np

from ml.audit.shortcuts.places import suspect_places
from ml.audit.shortcuts.suspicion import Evidence, Pictures, Suspicion

MOST = 24
"""How many suspicions are handed on, so that confirming them takes a bounded time."""


def suspicions(evidence: Evidence, *, pictures: Pictures | None = None, seed: int) -> tuple[Suspicion, ...]:
    """The strongest suspicions, at most ``MOST``, the strongest first.

    Args:
        evidence: of all images.
        pictures: gives images; without it, nothing is found that only the pictures show (marks that move).
        seed: of the permutations.
    """
    del pictures
    rng = np.random.default_rng(seed)
    found = suspect_places(evidence, rng=rng)
    return tuple(sorted(found, key=lambda suspicion: -suspicion.statistic)[:MOST])
