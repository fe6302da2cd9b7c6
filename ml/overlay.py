"""Heatmaps over photographs, for people to look at. The picture is scaled and smoothed; the stored maps are not.

Sequential maps (GradCAM) go from dark to bright in ``inferno``, which is perceptually uniform; signed maps (Integrated
Gradients) diverge from white to red for and blue against the class, with the same lightness on both sides. Colours
are scaled image by image to the ``CLIP_PERCENTILE``th percentile of the magnitude; what is stronger is drawn like it.
"""

from __future__ import annotations

import io
from typing import Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Kind = Literal["sequential", "diverging"]

# Magnitudes above this percentile are drawn like it: a few extreme pixels must not darken all the others.
CLIP_PERCENTILE = 99.5
# Standard deviation of the smoothing, as a share of the side: pixel attributions are speckled, and enlarged feature
# maps have creases.
_SMOOTHING_SHARE = {"sequential": 0.03, "diverging": 0.018}
_COARSE_SMOOTHING_SHARE = 0.04
_COLOURS = {"sequential": "inferno", "diverging": "RdBu_r"}


def overlay_png(image: Pixels, heatmap: Floats, *, kind: Kind) -> bytes:
    """The photograph with the heatmap over it, as PNG.

    Args:
        image: (S, S, 3).
        heatmap: (S, S); at least zero for ``sequential``, signed for ``diverging``.
        kind: ``sequential`` colours by magnitude, ``diverging`` also by sign (red speaks for, blue against).
    """
    strength = unit_range(smoothed(heatmap, _SMOOTHING_SHARE[kind]))
    opacity = _opacity(np.abs(strength), kind)[..., None]
    return _png(_backdrop(image, kind) * (1 - opacity) + _coloured(strength, kind) * opacity)


def map_png(heatmap: Floats, *, kind: Kind) -> bytes:
    """A coarse map (S, S) alone in the same colours, as PNG."""
    return _png(_coloured(unit_range(smoothed(heatmap, _COARSE_SMOOTHING_SHARE)), kind))


def scale(kind: Kind, steps: int = 9) -> list[str]:
    """The colours of a scale from its lowest value to its highest, as ``#rrggbb``, for a legend."""
    return [mpl.colors.to_hex(mpl.colormaps[_COLOURS[kind]](step / (steps - 1))) for step in range(steps)]


def unit_range(heatmap: Floats) -> Floats:
    """Scaled by the clipping percentile of the magnitude to [−1, 1]; a map of zeros stays one, never NaN."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    limit = float(np.percentile(np.abs(finite), CLIP_PERCENTILE)) or float(np.abs(finite).max())
    return np.clip(finite / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(finite)


def smoothed(heatmap: Floats, share: float) -> Floats:
    """The map (S, S) through a Gaussian of standard deviation ``share`` of its side, for display."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(gaussian_filter(finite, share * heatmap.shape[0]), np.float32)


def _coloured(strength: Floats, kind: Kind) -> Floats:
    position = strength if kind == "sequential" else (strength + 1) / 2
    return np.asarray(mpl.colormaps[_COLOURS[kind]](position)[..., :3] * 255, np.float32)


def _png(drawn: Floats) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.clip(np.rint(drawn), 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _opacity(magnitude: Floats, kind: Kind) -> Floats:
    """Weak evidence lets the photograph through."""
    return np.asarray(0.15 + 0.6 * magnitude if kind == "sequential" else 0.95 * magnitude**0.8, np.float32)


def _backdrop(image: Pixels, kind: Kind) -> Floats:
    """The photograph, paler, so that the colours of the map are the strongest."""
    photo = image.astype(np.float32)
    grey = photo.mean(axis=-1, keepdims=True)
    if kind == "sequential":
        return np.asarray(0.6 * photo + 0.4 * grey, np.float32)
    return np.asarray(0.18 * photo + 0.27 * grey + 0.55 * 252, np.float32)
