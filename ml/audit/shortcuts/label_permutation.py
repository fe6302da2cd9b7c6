"""Tests how far the groups of images stand out, against groups drawn by chance, with all looks counted.

The null is that of Westfall & Young (1993): labels are permuted, and each statistic is held against the largest of all
classes and columns of a permutation. So the chance that any innocent look is significant is the level itself, however
many looks there are and however they depend on each other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array

LEVEL = 0.05
"""Level of significance of the tests."""
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
        z: (G, C) difference of a class's mean from that of the other images, over its standard error.
        p_values: (G, C) after all looks.
        distances: (G, C) difference of a class's mean from the mean of the other classes' means, in units of the
            spread of these means and its own error: classes differ from each other without any shortcut.
    """

    labels: Integers
    z: Doubles
    p_values: Doubles
    distances: Doubles

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
        none = np.zeros((len(kept), values.shape[1]))
        return Standing(kept, none, np.ones_like(none), none)
    exact, of = values.astype(np.float64), _group_of(labels, kept)
    columns, member = _Columns.of(exact), _members(of, len(kept))
    found = columns.z_scores(member)
    tested = np.abs(found) if sided == 2 else found
    permuted = (_members(of[rng.permutation(len(of))], len(kept)) for _ in range(PERMUTATIONS))
    largest = np.sort([_largest(columns.z_scores(each), sided) for each in permuted])
    beaten = PERMUTATIONS - np.searchsorted(largest, tested)  # permutations whose largest is as large, or larger
    return Standing(kept, found, (1 + beaten) / (1 + PERMUTATIONS), _distances(exact, member))


def z_scores(values: Doubles, member: Doubles) -> Doubles:
    """Welch's statistic of each group (N, G, zeros and ones) against the rest, in each column of values (N, C).

    Columns that do not vary score 0.
    """
    return _Columns.of(values).z_scores(csr_array(member.T))


def _group_of(labels: npt.NDArray[np.integer], groups: Integers) -> Integers:
    """The place of each label (N,) among the groups, which ascend; -1 where it is none of them."""
    at = np.minimum(np.searchsorted(groups, labels), len(groups) - 1)
    return np.where(groups[at] == labels, at, -1)


def _members(of: Integers, groups: int) -> Any:
    """Ones (groups, N) where an image belongs to a group, sparse, as each image is in one group at most."""
    inside = np.flatnonzero(of >= 0)
    return csr_array((np.ones(len(inside)), (of[inside], inside)), shape=(groups, len(of)))


@dataclass(frozen=True, eq=False)
class _Columns:
    """Values (N, C) about their means, with their squares and sums, which no permutation changes."""

    both: Doubles
    totals: Doubles
    floor: Doubles

    @classmethod
    def of(cls, values: Doubles) -> _Columns:
        centred = values - values.mean(axis=0)
        both = np.concatenate([centred, centred**2], axis=1)
        return cls(both, both.sum(axis=0), _floor(values))

    def z_scores(self, member: Any) -> Doubles:
        """Welch's statistic of each group in each column, (G, C); see the function ``z_scores``."""
        size = member.sum(axis=1)[:, None]
        others, inside = len(self.both) - size, member @ self.both
        (mean, square), (rest, rest_square) = (
            np.split(sums / count, 2, axis=1) for sums, count in ((inside, size), (self.totals - inside, others))
        )
        variance, rest_variance = np.clip(square - mean**2, 0, None), np.clip(rest_square - rest**2, 0, None)
        error = np.sqrt(variance / size + rest_variance / others)
        return np.asarray((mean - rest) / np.maximum(error, self.floor))


def _distances(values: Doubles, member: Any) -> Doubles:
    size = member.sum(axis=1)[:, None]
    means = member @ values / size
    variance = np.clip(member @ values**2 / size - means**2, 0, None)
    if len(means) == 1:
        return _Columns.of(values).z_scores(member)
    others = len(means) - 1
    rest = (means.sum(axis=0) - means) / others
    between = np.clip(((means**2).sum(axis=0) - means**2) / others - rest**2, 0, None)
    return np.asarray((means - rest) / np.maximum(np.sqrt(between + variance / size), _floor(values)))


def _floor(values: Doubles) -> Doubles:
    return np.asarray(1e-3 * values.std(axis=0) + 1e-9)


def _largest(z: Doubles, sided: int) -> float:
    return float(np.abs(z).max() if sided == 2 else z.max())
