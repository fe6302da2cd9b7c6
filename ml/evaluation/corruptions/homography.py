"""Warps pictures by homographies, in coordinates with the centre at 0 and half of the longer side as 1.

Reference: Hartley & Zisserman, Multiple View Geometry, chapter 2.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.ndimage import map_coordinates

Homography: TypeAlias = NDArray[np.float64]
"""(3, 3): maps a point (x, y, 1) of the new picture to its position in the old one."""

FOCAL_LENGTH = 4.0
"""Of the camera that ``tilted`` moves, where half a side is 1: a field of view of 28 degrees."""


def turned(degrees: float) -> Homography:
    """The camera rolled about its axis."""
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])


def enlarged(factor: float) -> Homography:
    """The camera moved closer (factor above 1) or farther away."""
    return np.diag([1 / factor, 1 / factor, 1.0])


def tilted(degrees: float, *, direction: float) -> Homography:
    """The picture's plane tilted about an axis through its centre, seen by a pinhole camera.

    Args:
        degrees: between the plane and the image sensor, 0 to below 90.
        direction: of the axis, in degrees.
    """
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    # A point (x, y) of the plane is at (x cos, y, f + x sin) in front of the camera.
    away = np.array([[cosine, 0, 0], [0, 1, 0], [sine / FOCAL_LENGTH, 0, 1]])
    axis = turned(direction)
    return axis @ np.linalg.inv(away) @ axis.T


def warp(image: NDArray[np.uint8], view: Homography) -> NDArray[np.uint8]:
    """The picture in another view, bilinear; beyond its edges it is mirrored.

    Args:
        image: (H, W, 3) uint8.
        view: maps each point of the result to its position in ``image``.
    """
    height, width, _ = image.shape
    half = max(height, width) / 2
    above, beside = _margins(height, width, view)
    padded = Image.fromarray(np.pad(image, ((above, above), (beside, beside), (0, 0)), mode="reflect"))
    old, new = (beside + width / 2, above + height / 2), (width / 2, height / 2)
    pixels = _from_centre(old, half) @ view @ np.linalg.inv(_from_centre(new, half))
    coefficients = (pixels / pixels[2, 2]).ravel()[:8]
    warped = padded.transform(
        (width, height), Image.Transform.PERSPECTIVE, tuple(coefficients), Image.Resampling.BILINEAR
    )
    return np.asarray(warped, np.uint8)


def unwarp(heatmap: NDArray[np.float32], view: Homography, *, picture: tuple[int, int]) -> NDArray[np.float32]:
    """A map of the new view, warped back to the old one; NaN where the new view does not cover it.

    Args:
        heatmap: (h, w) float32 over the new picture.
        view: maps each point of the new picture to its position in the old one.
        picture: height and width of the picture, whose proportions the map need not have.

    Returns:
        (h, w) float32 over the old picture.
    """
    height, width = heatmap.shape
    down, across = (side / max(picture) for side in picture)
    x, y = np.meshgrid(_centres(width) * across, _centres(height) * down)
    places = np.linalg.inv(view) @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
    x, y = places[:2] / places[2]
    seen = (np.abs(x) <= across) & (np.abs(y) <= down) & (places[2] > 0)
    rows, columns = (y / down + 1) * height / 2 - 0.5, (x / across + 1) * width / 2 - 0.5
    values = map_coordinates(heatmap, [rows, columns], order=1, mode="nearest")
    return np.where(seen, values, np.nan).reshape(height, width).astype(np.float32)


def _margins(height: int, width: int, view: Homography) -> tuple[int, int]:
    """How many pixels the view reaches beyond the picture, above and beside it."""
    longer = max(height, width)
    across, down = width / longer, height / longer
    corners = view @ np.array([[-across, across, across, -across], [-down, -down, down, down], [1, 1, 1, 1]])
    beside, above = np.abs(corners[:2] / corners[2]).max(axis=1) - (across, down)
    return _margin(above * longer / 2), _margin(beside * longer / 2)


def _margin(missing: float) -> int:
    return max(int(np.ceil(missing)), 0) + 2


def _from_centre(centre: tuple[float, float], half: float) -> Homography:
    """Maps coordinates around the centre to pixel coordinates, in which pixel centres are at halves."""
    return np.array([[half, 0, centre[0]], [0, half, centre[1]], [0, 0, 1.0]])


def _centres(count: int) -> NDArray[np.float64]:
    return (np.arange(count) + 0.5) * 2 / count - 1
