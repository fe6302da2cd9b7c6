"""Draws heatmaps over photographs. Scaling, smoothing and enlarging affect only the pictures, never the stored maps.

Sequential maps (GradCAM) go from dark to bright in ``inferno``, which is perceptually uniform; signed maps (Integrated
Gradients) diverge from white to red (for the class) and blue (against it), equally light on both sides. Colours are
scaled image by image to the ``CLIP_PERCENTILE``th percentile of the magnitude; stronger values are clipped.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import gaussian_filter

from ml.figures.png import png

Pixels = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float32]
Kind = Literal["sequential", "diverging"]

# Magnitudes above this percentile are clipped: a few extreme pixels must not darken all the others.
CLIP_PERCENTILE = 99.5
# Standard deviation of the smoothing, as a share of the side, for display only: pixel attributions are noisy.
_SMOOTHING_SHARE = 0.018
_COARSE_SMOOTHING_SHARE = 0.04
_COLOURS = {"sequential": "inferno", "diverging": "RdBu_r"}
_LEVELS = 256
_ALMOST_WHITE = 252.0


def overlay_png(image: Pixels, heatmap: Floats, *, kind: Kind) -> bytes:
    """The photograph with the heatmap over it, as PNG.

    Args:
        image: (S, S, 3).
        heatmap: (h, w), enlarged to the photograph's size, bicubic; at least zero for ``sequential``, signed for
            ``diverging``.
        kind: ``sequential`` colours by magnitude, ``diverging`` also by sign (red for the class, blue against it).
    """
    photo = Image.fromarray(image)
    strength = unit_range(heatmap if kind == "sequential" else smoothed(heatmap, _SMOOTHING_SHARE))
    levels = Image.fromarray(_levels(strength, kind))
    if levels.size != photo.size:
        levels = levels.resize(photo.size, Image.Resampling.BICUBIC)
    opacity = levels.point(_opacities(kind))
    levels.putpalette(_palette(kind))
    return png(np.asarray(Image.composite(levels.convert("RGB"), _backdrop(photo, kind), opacity)))


def map_png(heatmap: Floats, *, kind: Kind) -> bytes:
    """A coarse map (S, S) alone in the same colours, as PNG."""
    levels = Image.fromarray(_levels(unit_range(smoothed(heatmap, _COARSE_SMOOTHING_SHARE)), kind))
    levels.putpalette(_palette(kind))
    return png(np.asarray(levels.convert("RGB")))


def scale(kind: Kind, steps: int = 9) -> list[str]:
    """The colours of a scale from its lowest value to its highest, as ``#rrggbb``, for a legend."""
    return [mpl.colors.to_hex(mpl.colormaps[_COLOURS[kind]](step / (steps - 1))) for step in range(steps)]


def unit_range(heatmap: Floats) -> Floats:
    """Scaled by the clipping percentile of the magnitude to [−1, 1]; a map of zeros stays one, never NaN."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    limit = float(np.percentile(np.abs(finite), CLIP_PERCENTILE)) or float(np.abs(finite).max())
    return np.clip(finite / limit, -1.0, 1.0) if limit > 0 else np.zeros_like(finite)


def smoothed(heatmap: Floats, share: float) -> Floats:
    """The map (S, S) smoothed by a Gaussian with a standard deviation of ``share`` of its side, for display."""
    finite = np.nan_to_num(heatmap.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    return np.asarray(gaussian_filter(finite, share * heatmap.shape[0]), np.float32)


def _levels(strength: Floats, kind: Kind) -> Pixels:
    """A map within [−1, 1] in 256 levels: from 0 to 1 for ``sequential``, from −1 to 1 for ``diverging``."""
    share = strength if kind == "sequential" else (strength + 1) / 2
    return np.rint(np.maximum(share, 0) * (_LEVELS - 1)).astype(np.uint8)


@lru_cache
def _palette(kind: Kind) -> bytes:
    """RGB of each level."""
    colours = mpl.colormaps[_COLOURS[kind]](np.linspace(0, 1, _LEVELS))[:, :3]
    return np.rint(colours * 255).astype(np.uint8).tobytes()


@lru_cache
def _opacities(kind: Kind) -> list[int]:
    """The opacity 0..255 of each level: the photograph shows where values are small."""
    share = np.linspace(0, 1, _LEVELS)
    opacity = 0.15 + 0.6 * share if kind == "sequential" else 0.95 * np.abs(2 * share - 1) ** 0.8
    return [int(value) for value in np.rint(opacity * 255)]


def _backdrop(photo: Image.Image, kind: Kind) -> Image.Image:
    """The photograph, paler, so that the colours of the map stand out."""
    return photo.convert("RGB", _paler(own=0.6, grey=0.4) if kind == "sequential" else _paler(own=0.18, grey=0.27))


@lru_cache
def _paler(*, own: float, grey: float) -> tuple[float, ...]:
    """A colour matrix that mixes these shares of the photograph's own colours and of its grey with almost white."""
    rest = (1 - own - grey) * _ALMOST_WHITE
    rows = ([own * (row == column) + grey / 3 for column in range(3)] for row in range(3))
    return tuple(value for row in rows for value in (*row, rest))
