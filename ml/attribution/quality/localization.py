"""Measures how well a map localises the object, if a mask is known, and how focused the map is.

Values are NaN where they are not defined: for a map that is not finite, or has no positive values to divide by.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

FOCUS_SHARE = 0.1
"""Focus is the share of a map's energy that lies in this share of its pixels, the strongest ones."""


@dataclass(frozen=True)
class Localization:
    """How well a map agrees with an object's mask.

    Attributes:
        pointing_game: 1 where the largest value lies on the object, 0 where it does not (Zhang et al. 2018,
            "Top-down Neural Attention by Excitation Backprop", section 4.1; no tolerance around the mask). Where
            several pixels share the largest value, the share of them that lie on the object.
        energy_in_mask: share of the positive values' sum on the object (Wang et al. 2020, "Score-CAM",
            energy-based pointing game).
        mask_share: share of the picture that the object covers: the score of a map without information.
    """

    pointing_game: float
    energy_in_mask: float
    mask_share: float


def localization(heatmap: Floats, mask: Mask) -> Localization:
    """Compare a map (S, S) with a mask (S, S); NaN for an empty mask.

    Raises:
        ValueError: they differ in shape.
    """
    if heatmap.shape != mask.shape:
        raise ValueError(f"map {heatmap.shape} and mask {mask.shape}: they must be of the same picture")
    share = float(mask.mean())
    if not mask.any() or not np.isfinite(heatmap).all():
        return Localization(np.nan, np.nan, share)
    positive = np.maximum(heatmap, 0).astype(np.float64)
    total = positive.sum()
    return Localization(
        pointing_game=float(mask[heatmap == heatmap.max()].mean()),
        energy_in_mask=float(positive[mask].sum() / total) if total > 0 else np.nan,
        mask_share=share,
    )


def focus(heatmap: Floats) -> float:
    """Share of a map's energy (sum of magnitudes) in its strongest tenth: 0.1 if even, 1 if all is there."""
    magnitude = np.sort(np.abs(heatmap), axis=None)  # vectorised, and with many ties faster than np.partition
    total = magnitude.sum(dtype=np.float64)
    if not np.isfinite(total) or total == 0:
        return np.nan
    count = max(1, round(FOCUS_SHARE * magnitude.size))
    return float(magnitude[-count:].sum(dtype=np.float64) / total)
