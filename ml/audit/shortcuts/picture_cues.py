"""Statistics of a picture that a model may use in place of its subject: colour cast, frame, blur and others."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

GRID = 12
"""Cells along each side of a picture, in each of which colour and edges are measured."""
FRAME_DEPTH = 0.05
"""Depth of the frame, as a share of the shorter side."""
OBJECT_RADIUS = 0.47
"""Radius of the ellipse, in sides, outside of which lies the surround: a subject seldom fills the corners."""

_LIGHT = ("brightness", "red_green", "blue_yellow", "spread")
_CELLS = ("brightness", "red_green", "blue_yellow", "edges")
WHOLE = (
    *(f"picture_{name}" for name in (*_LIGHT, "saturation", "edges")),
    *(f"surround_{name}" for name in (*_LIGHT, "edges")),
    *(f"frame_{name}" for name in _LIGHT),
    "blur",
    "blockiness",
    "flatness",
)
"""Cues of the picture as a whole."""
CUES: tuple[str, ...] = (
    *WHOLE,
    *(f"cell_{row}_{column}_{name}" for name in _CELLS for row in range(GRID) for column in range(GRID)),
)
"""Names of the numbers of ``picture_cues``, in their order: the whole picture, then each cell of a grid."""


def picture_cues(picture: npt.NDArray[np.uint8]) -> Floats:
    """The cues (C,) of a picture (H, W, 3), as the model sees it: other sizes have other cues."""
    pixels = np.ascontiguousarray(_large_enough(picture).transpose(2, 0, 1), np.float32) / np.float32(255)
    light = _light(pixels)
    edges = _edges(light[0])
    surround, frame = surround_of(*edges.shape), frame_of(*edges.shape)
    whole = [
        *_means(light.reshape(3, -1)),
        float((_largest(pixels) - _smallest(pixels)).mean()),
        float(edges.mean()),
        *_means(light[:, surround]),
        float(edges[surround].mean()),
        *_means(light[:, frame]),
        _blur(light[0]),
        _blockiness(light[0]),
        _flatness(light[0]),
    ]
    cells = _cell_means(np.concatenate([light, edges[None]]))
    return np.asarray(np.concatenate([whole, cells.ravel()]), np.float32)


def cell_cues(cues: Floats) -> Floats:
    """The cues of the cells (N, 4, GRID, GRID) out of all cues (N, C)."""
    return cues[:, len(WHOLE) :].reshape(len(cues), len(_CELLS), GRID, GRID)


@lru_cache(maxsize=8)
def surround_of(height: int, width: int) -> Mask:
    """The pixels (H, W) outside of the ellipse in which the subject mostly lies."""
    rows = (np.arange(height) + 0.5)[:, None] / height - 0.5
    columns = (np.arange(width) + 0.5)[None, :] / width - 0.5
    return np.asarray(np.hypot(rows, columns) > OBJECT_RADIUS)


@lru_cache(maxsize=8)
def frame_of(height: int, width: int, depth: float = FRAME_DEPTH) -> Mask:
    """The pixels (H, W) along the edges of the picture."""
    pixels = max(1, round(depth * min(height, width)))
    mask = np.ones((height, width), bool)
    mask[pixels : height - pixels, pixels : width - pixels] = False
    return mask


def _large_enough(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A picture whose pixels are repeated until each cell of the grid has one."""
    times = -(-GRID // min(picture.shape[:2]))
    return picture if times == 1 else picture.repeat(times, axis=0).repeat(times, axis=1)


def _light(pixels: Floats) -> Floats:
    """Brightness and two axes of colour (3, H, W); planes, as sums over a last axis of three cost ten times as much."""
    red, green, blue = pixels
    return np.stack([(red + green + blue) / 3, red - green, blue - (red + green) / 2])


def _largest(pixels: Floats) -> Floats:
    return np.maximum(np.maximum(pixels[0], pixels[1]), pixels[2])


def _smallest(pixels: Floats) -> Floats:
    return np.minimum(np.minimum(pixels[0], pixels[1]), pixels[2])


def _means(light: Floats) -> list[float]:
    """Means of the three planes (3, n), and how much brightness varies."""
    return [*(float(mean) for mean in light.mean(axis=1)), float(light[0].std())]


def _edges(grey: Floats) -> Floats:
    """(H, W) how much each pixel differs from its neighbours to the right and below."""
    across, down = np.zeros_like(grey), np.zeros_like(grey)
    across[:, :-1] = np.abs(np.diff(grey, axis=1))
    down[:-1] = np.abs(np.diff(grey, axis=0))
    return across + down


def _blur(grey: Floats) -> float:
    """How much of the detail is coarse: differences over two pixels against those over one, as a logarithm."""
    fine = sum(float(np.abs(np.diff(grey, n=2, axis=axis)).mean()) for axis in (0, 1))
    coarse = sum(float(np.abs(np.diff(grey, axis=axis)).mean()) for axis in (0, 1))
    return float(np.log((coarse + 1e-4) / (fine + 1e-4)))


def _blockiness(grey: Floats) -> float:
    """Steps at the edges of blocks of 8 pixels against those within, as a logarithm (JPEG compresses blocks)."""
    at_edges, within = [], []
    for axis in (0, 1):
        steps = np.abs(np.diff(grey, axis=axis)).mean(axis=1 - axis)
        edge = np.arange(len(steps)) % 8 == 7
        at_edges.append(float(steps[edge].mean()) if edge.any() else 0.0)
        within.append(float(steps[~edge].mean()))
    return float(np.log((sum(at_edges) + 1e-3) / (sum(within) + 1e-3)))


def _flatness(grey: Floats) -> float:
    """Share of the pixels that equal the next one: strong compression and drawn areas are flat."""
    return float((np.abs(np.diff(grey, axis=1)) < 1 / 255).mean())


def _cell_means(planes: Floats) -> Floats:
    """Means (P, GRID, GRID) of planes (P, H, W) in the cells of a grid."""
    height, width = planes.shape[1:]
    rows, columns = (np.arange(GRID + 1) * length // GRID for length in (height, width))
    sums = np.add.reduceat(np.add.reduceat(planes, rows[:-1], axis=1), columns[:-1], axis=2)
    return np.asarray(sums / np.outer(np.diff(rows), np.diff(columns)), np.float32)
