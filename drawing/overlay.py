"""Draws maps over photographs, or alone: the same picture wherever it is drawn, in a worker or in the API."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import numpy as np
from PIL import Image

from drawing.colours import Kind, Pixels, opacities, palette
from drawing.levels import Floats, levels, smoothed, unit_range

# Standard deviation of the smoothing, as a share of the side, for display only: pixel attributions are noisy.
SMOOTHING_SHARE = 0.018
_ALMOST_WHITE = 252.0
# Shares of the photograph's own colours, and of its grey; the rest is almost white.
_BACKDROP = {"sequential": (0.6, 0.4), "diverging": (0.18, 0.27)}


def overlay(image: Pixels, heatmap: Floats, *, kind: Kind) -> Image.Image:
    """The photograph with the heatmap over it, RGB, (H, W).

    Args:
        image: (H, W, 3).
        heatmap: (h, w), enlarged to the photograph's size, bicubic; at least zero for ``sequential``, signed for
            ``diverging``.
        kind: ``sequential`` colours by magnitude, ``diverging`` also by sign (red for the class, blue against it).
    """
    coloured = _coloured(_levels(heatmap, image.shape[:2], kind), kind, "RGBA")
    drawn = _backdrop(Image.fromarray(image), kind)
    drawn.paste(coloured, mask=coloured)
    return drawn


def map_alone(heatmap: Floats, size: int, *, kind: Kind) -> Image.Image:
    """A map without a photograph, in the colours of an overlay, its longer side ``size`` pixels."""
    height, width = (max(1, round(size * side / max(heatmap.shape))) for side in heatmap.shape)
    return _coloured(_levels(heatmap, (height, width), kind), kind, "RGB")


def _levels(heatmap: Floats, size: tuple[int, ...], kind: Kind) -> Image.Image:
    strength = unit_range(heatmap if kind == "sequential" else smoothed(heatmap, SMOOTHING_SHARE))
    return levels(strength, kind, width=size[1], height=size[0])


def _coloured(found: Image.Image, kind: Kind, mode: Literal["RGB", "RGBA"]) -> Image.Image:
    """The colour of each level; as RGBA with how much of the photograph it covers, looked up at the same time."""
    coloured = found.copy()
    coloured.putpalette(_palette_bytes(kind), "RGBA")
    return coloured.convert(mode)


def _backdrop(photo: Image.Image, kind: Kind) -> Image.Image:
    """The photograph, paler, so that the colours of the map stand out.

    Its colours are blended with a grey picture, whose brightness goes with theirs: one channel takes a third of three.
    """
    own, grey = _BACKDROP[kind]
    pale = 1 - own
    brightness = (grey / 3 / pale,) * 3
    greyed = photo.convert("L", (*brightness, (pale - grey) / pale * _ALMOST_WHITE))
    return Image.blend(photo, greyed.convert("RGB"), pale)


@lru_cache
def _palette_bytes(kind: Kind) -> bytes:
    return np.column_stack([palette(kind), opacities(kind)]).tobytes()
