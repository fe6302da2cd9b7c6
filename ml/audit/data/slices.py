"""Divides images into slices whose errors are worth comparing: by class, by a number, by cluster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Slice:
    """Some of the images.

    Attributes:
        kind: what they were divided by, such as ``class`` or ``brightness``.
        value: which of them, for people, such as ``rose`` or ``lowest quarter (12 to 60)``.
        members: (N,) bool.
        label: the class where it is one.
    """

    kind: str
    value: str
    members: NDArray[np.bool_]
    label: int | None = None


def class_slices(labels: NDArray[np.integer], class_names: Sequence[str]) -> tuple[Slice, ...]:
    """One slice per class that has images; labels below 0 belong to none."""
    raise NotImplementedError


def quarter_slices(kind: str, values: NDArray[np.floating]) -> tuple[Slice, ...]:
    """The quarters of a number (N,), such as brightness, sharpness or the object's share of the image; NaN: unknown."""
    raise NotImplementedError


def cluster_slices(features: NDArray[np.floating], *, seed: int) -> tuple[Slice, ...]:
    """Clusters (k-means) of pooled features (N, D); from 60 images on."""
    raise NotImplementedError
