"""Tells a mark, whose pixels are the same in every picture, from a part of the subject, whose pixels are not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ml.audit.shortcuts.masked_pixels import rectangle_of
from ml.audit.shortcuts.picture_cues import surround_of

LEAST_LIKENESS = 0.3
"""Mean correlation of the pixels of a region from which it is a mark."""
LEAST_OUTSIDE = 0.7
"""Share of a region outside of the ellipse of the subject from which it is not a part of the subject."""
LARGEST = 0.3
"""Share of the picture above which a region cannot be told from the subject."""

Images = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]


def apart_from_subject(mask: Mask, *, mark: bool) -> bool:
    """Whether a region (H, W), which is a mark or not, cannot be a part of the subject."""
    if mask.mean() > LARGEST:
        return False
    outside = surround_of(*mask.shape)
    return bool(mark or outside[mask].mean() >= LEAST_OUTSIDE)


def likeness(images: Images, mask: Mask) -> float:
    """Mean correlation between the images of the fine structure in and around a region: 1 for a mark, about 0 else.

    The mean of n independent patches has 1/n of their energy, that of n equal ones all of it.
    """
    count = len(images)
    if count < 2:
        return 0.0
    top, left, height, width = rectangle_of(mask)
    around = max(1, min(height, width) // 6)
    rows, columns = (
        slice(max(top - around, 0), top + height + around),
        slice(max(left - around, 0), left + width + around),
    )
    patches = images[:, rows, columns].astype(np.float32)
    fine = patches - ndimage.uniform_filter(patches, (0, *(max(3, length // 3) for length in patches.shape[1:3]), 0))
    energy = float((fine**2).mean())
    if energy < 1e-3:
        return 0.0
    together = float((fine.mean(axis=0) ** 2).mean()) / energy
    return (count * together - 1) / (count - 1)
