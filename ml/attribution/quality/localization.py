"""Where a map looks: at the object, if its mask is known, and at how little of the picture.

Values are NaN where they mean nothing: for a map that is not finite, or without anything to share out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

FOCUS_SHARE = 0.1
"""The strongest tenth of the pixels: their part in a map's energy is its focus."""


@dataclass(frozen=True)
class Localization:
    """How a map and an object's mask go together.

    Attributes:
        pointing_game: 1 where the largest value lies on the object, 0 where it does not (Zhang et al. 2018,
            "Top-down Neural Attention by Excitation Backprop", section 4.1; no tolerance around the mask). Where
            several pixels share the largest value, the share of them that lie on it: the chance of a fair choice.
        energy_in_mask: share of the positive values' sum on the object (Wang et al. 2020, "Score-CAM",
            energy-based pointing game).
        mask_share: share of the picture that the object covers: what a map that knows nothing would score.
    """

    pointing_game: float
    energy_in_mask: float
    mask_share: float


def localization(heatmap: Floats, mask: Mask) -> Localization:
    """Judge a map (S, S) by a mask (S, S); an empty mask gives no verdict.

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
    magnitude = np.sort(np.abs(heatmap), axis=None)  # sorting is vectorised and, with many ties, beats selecting
    total = magnitude.sum(dtype=np.float64)
    if not np.isfinite(total) or total == 0:
        return np.nan
    count = max(1, round(FOCUS_SHARE * magnitude.size))
    return float(magnitude[-count:].sum(dtype=np.float64) / total)
