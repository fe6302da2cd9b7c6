"""The pictures of a split, as near-duplicates are searched by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ml.audit.data.thumbnail import SIDE
from ml.errors import MlError


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures of one split, one row each.

    Attributes:
        thumbnails: (N, 64, 64, 3) uint8; see ``ml.audit.data.thumbnail``.
        features: (N, D) pooled features, or None: candidates then come from the pixels alone.
        mirrored_features: (N, D), of the pictures mirrored left to right, or None.

    Raises:
        MlError: the arrays do not fit each other.
    """

    thumbnails: NDArray[np.uint8]
    features: NDArray[np.floating] | None = None
    mirrored_features: NDArray[np.floating] | None = None

    def __post_init__(self) -> None:
        if self.thumbnails.shape[1:] != (SIDE, SIDE, 3) or self.thumbnails.dtype != np.uint8:
            raise MlError(
                f"thumbnails {self.thumbnails.shape} of {self.thumbnails.dtype}: pass (N, {SIDE}, {SIDE}, 3) uint8, "
                "made by ml.audit.data.thumbnail"
            )
        for features in (self.features, self.mirrored_features):
            if features is not None and (features.ndim != 2 or len(features) != len(self.thumbnails)):
                raise MlError(
                    f"{len(self.thumbnails)} thumbnails and features {features.shape}: pass one row of features per "
                    "thumbnail"
                )

    def __len__(self) -> int:
        return len(self.thumbnails)
