"""From a map to levels of colour: scaled, smoothed and enlarged for display only; stored maps stay as they are.

Colours are scaled image by image to the ``CLIP_PERCENTILE``th percentile of the magnitude; stronger values are clipped.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image

from drawing.colours import LEVELS, Kind

Floats = npt.NDArray[np.float32]

# Magnitudes above this percentile are clipped: a few extreme pixels must not darken all the others.
CLIP_PERCENTILE = 99.5
# A Gaussian ends after so many standard deviations, as SciPy's does.
_REACH = 4.0


def unit_range(heatmap: Floats) -> Floats:
    """Scaled by the clipping percentile of the magnitude to [−1, 1]; a map of zeros stays one, never NaN."""
    finite = _finite(heatmap)
    limit = clip_limit(np.abs(finite))
    return np.clip(finite / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(finite)


def clip_limit(magnitudes: Floats) -> float:
    """The clipping percentile of magnitudes (h, w), the largest one where that is 0.

    As ``numpy.percentile`` gives it, which takes longer for a small map than drawing it.
    """
    place = (magnitudes.size - 1) * CLIP_PERCENTILE / 100
    below = int(place)
    above = min(below + 1, magnitudes.size - 1)
    ordered = np.partition(magnitudes, (below, above), axis=None)
    limit = float(ordered[below]) + (place - below) * (float(ordered[above]) - float(ordered[below]))
    return limit or float(magnitudes.max())


def smoothed(heatmap: Floats, share: float) -> Floats:
    """The map (H, W) smoothed by a Gaussian with a standard deviation of ``share`` of its shorter side, for display."""
    weights = _gaussian(share * min(heatmap.shape))
    return _along_rows(_along_rows(_finite(heatmap), weights).T, weights).T


def levels(strength: Floats, kind: Kind, *, width: int, height: int) -> Image.Image:
    """A map within [−1, 1] in 256 levels of one channel, enlarged bicubic.

    From 0 to 1 for ``sequential``, from −1 to 1 for ``diverging``.
    """
    share = strength if kind == "sequential" else (strength + 1) / 2
    found = Image.fromarray(np.rint(np.maximum(share, 0) * (LEVELS - 1)).astype(np.uint8))
    return found if found.size == (width, height) else found.resize((width, height), Image.Resampling.BICUBIC)


def _finite(heatmap: Floats) -> Floats:
    return np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)


def _along_rows(heatmap: Floats, weights: Floats) -> Floats:
    """Each column smoothed by symmetric weights, mirrored at both ends.

    Sums of shifted maps: a product with a matrix would wake the threads of BLAS, which takes longer.
    """
    radius, side = len(weights) // 2, len(heatmap)
    mirrored = np.pad(heatmap, ((radius, radius), (0, 0)), mode="symmetric")
    total: Floats = weights[radius] * heatmap
    for offset in range(radius):
        before, after = mirrored[offset : offset + side], mirrored[2 * radius - offset :][:side]
        total += weights[offset] * (before + after)
    return total


@lru_cache(maxsize=8)
def _gaussian(deviation: float) -> Floats:
    """Weights that sum to 1."""
    radius = int(_REACH * deviation + 0.5)
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    return np.asarray(weights / weights.sum(), np.float32)
