"""Heatmaps over photographs, for people to look at. The picture is normalised; the stored maps are not."""

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
# Pixel attributions are speckled; smoothed by this share of the side, for display only.
_SMOOTHING_SHARE = 0.008
_COLOURS = {"sequential": "inferno", "diverging": "RdBu_r"}


def overlay_png(image: Pixels, heatmap: Floats, *, kind: Kind) -> bytes:
    """The photograph with the heatmap over it, as PNG.

    Args:
        image: (S, S, 3).
        heatmap: (S, S); at least zero for ``sequential``, signed for ``diverging``.
        kind: ``sequential`` colours by magnitude, ``diverging`` also by sign (red speaks for, blue against).
    """
    strength = unit_range(heatmap if kind == "sequential" else smoothed(heatmap))
    opacity = _opacity(np.abs(strength), kind)[..., None]
    return _png(_backdrop(image, kind) * (1 - opacity) + _coloured(strength, kind) * opacity)


def map_png(heatmap: Floats, *, kind: Kind) -> bytes:
    """A map (S, S) alone in the same colours, as PNG."""
    return _png(_coloured(unit_range(heatmap), kind))


def unit_range(heatmap: Floats) -> Floats:
    """Scaled by the clipping percentile of the magnitude to [−1, 1]; a map of zeros stays one, never NaN."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    limit = float(np.percentile(np.abs(finite), CLIP_PERCENTILE)) or float(np.abs(finite).max())
    return np.clip(finite / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(finite)


def smoothed(heatmap: Floats) -> Floats:
    """The map through a narrow Gaussian, for display."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(gaussian_filter(finite, _SMOOTHING_SHARE * heatmap.shape[0]), np.float32)


def _coloured(strength: Floats, kind: Kind) -> Floats:
    position = strength if kind == "sequential" else (strength + 1) / 2
    return np.asarray(mpl.colormaps[_COLOURS[kind]](position)[..., :3] * 255, np.float32)


def _png(drawn: Floats) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.clip(np.rint(drawn), 0, 255).astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


def _opacity(magnitude: Floats, kind: Kind) -> Floats:
    """Weak evidence lets the photograph through."""
    return np.asarray(0.15 + 0.6 * magnitude if kind == "sequential" else 0.95 * np.sqrt(magnitude), np.float32)


def _backdrop(image: Pixels, kind: Kind) -> Floats:
    """The photograph, paler, so that the colours of the map are the strongest."""
    photo = image.astype(np.float32)
    grey = photo.mean(axis=-1, keepdims=True)
    if kind == "sequential":
        return np.asarray(0.6 * photo + 0.4 * grey, np.float32)
    return np.asarray(0.45 * grey + 0.55 * 255 + np.zeros_like(photo), np.float32)
