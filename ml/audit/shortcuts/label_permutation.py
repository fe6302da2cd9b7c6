"""Tests how far the groups of images stand out, against groups drawn by chance, with all looks counted.

The null is that of Westfall & Young (1993): labels are permuted, and each statistic is held against the largest of all
classes and columns of a permutation. So the chance that any innocent look is significant is the level itself, however
many looks there are and however they depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

PERMUTATIONS = 199
FEWEST_IMAGES = 5
"""Of a class that is looked at: of fewer, no statistic of a mean means much."""

Doubles = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Standing:
    """How far each class stands out.

    Attributes:
        labels: (G,) the classes that were looked at.
        z: (G, C) difference of a class's mean from that of the others, over its standard error.
        p_values: (G, C) after all looks.
    """

    labels: Integers
    z: Doubles
    p_values: Doubles

    @property
    def looks(self) -> int:
        """How many statistics were looked at."""
        return int(self.z.size)


def standing(
    values: npt.NDArray[np.floating], labels: npt.NDArray[np.integer], *, rng: np.random.Generator, sided: int = 1
) -> Standing:
    """Hold each class's mean of each column against that of the other classes.

    Args:
        values: (N, C).
        labels: (N,).
        rng: draws the permutations.
        sided: 1 to look for large means alone, 2 for large and small ones.
    """
    groups, counts = np.unique(labels, return_counts=True)
    kept = groups[(counts >= FEWEST_IMAGES) & (len(labels) - counts >= FEWEST_IMAGES)].astype(np.int64)
    if not len(kept) or not values.size:
        return Standing(kept, np.zeros((len(kept), values.shape[1])), np.ones((len(kept), values.shape[1])))
    exact, member = values.astype(np.float64), (labels[:, None] == kept).astype(np.float64)
    found = z_scores(exact, member)
    tested = np.abs(found) if sided == 2 else found
    largest = [_largest(z_scores(exact, rng.permutation(member)), sided) for _ in range(PERMUTATIONS)]
    beaten = (np.asarray(largest)[:, None, None] >= tested).sum(axis=0)
    return Standing(kept, found, (1 + beaten) / (1 + PERMUTATIONS))


def z_scores(values: Doubles, member: Doubles) -> Doubles:
    """Welch's statistic of each group (N, G, zeros and ones) against the rest, in each column of values (N, C).

    Columns that do not vary score 0.
    """
    size = member.sum(axis=0)[:, None]
    others = len(values) - size
    total, squares = values.sum(axis=0), (values**2).sum(axis=0)
    inside, inside_squares = member.T @ values, member.T @ values**2
    mean, rest = inside / size, (total - inside) / others
    variance = np.clip(inside_squares / size - mean**2, 0, None)
    rest_variance = np.clip((squares - inside_squares) / others - rest**2, 0, None)
    error = np.sqrt(variance / size + rest_variance / others)
    floor = 1e-6 * values.std(axis=0) + 1e-12
    return np.asarray((mean - rest) / np.maximum(error, floor))


def _largest(z: Doubles, sided: int) -> float:
    return float(np.abs(z).max() if sided == 2 else z.max())
