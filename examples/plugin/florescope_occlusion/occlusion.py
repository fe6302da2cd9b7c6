"""Occlusion maps (Zeiler & Fergus 2014, "Visualizing and Understanding Convolutional Networks", section 4.2)."""

from __future__ import annotations

from itertools import product

import numpy as np
import numpy.typing as npt

from ml.attribution.image_method import ImageMap, MapRequest

Floats = npt.NDArray[np.float32]
GREY = 127.5


def occlusion(request: MapRequest) -> ImageMap:
    """The drop of the score under a patch, averaged over the windows that cover a pixel."""
    image, options = request.image, request.options
    height, width, _ = image.shape
    window = min(options.window, height, width)
    stride = min(options.stride, window)  # a window that was cut to the image must leave no gaps either
    patch = image.mean(axis=(0, 1)) if options.fill == "mean" else np.float32(GREY)
    rows, columns = (_starts(side, window, stride) for side in (height, width))
    corners = list(product(rows, columns))
    score = request.scores(image[None])[0]
    drops, covers = np.zeros((height, width)), np.zeros((height, width))
    for start in range(0, len(corners), request.batch_size):
        places = [_place(corner, window) for corner in corners[start : start + request.batch_size]]
        scores = request.scores(np.stack([_covered(image, place, patch) for place in places]))
        for place, covered in zip(places, scores, strict=True):
            drops[place] += score - covered
            covers[place] += 1
    return ImageMap(drops / covers, numbers={"windows": len(corners)})


def _starts(size: int, window: int, stride: int) -> list[int]:
    """Where windows start, along one side; the last one ends at the border."""
    last = size - window
    return sorted({*range(0, last, stride), last})


def _place(corner: tuple[int, int], window: int) -> tuple[slice, slice]:
    row, column = corner
    return slice(row, row + window), slice(column, column + window)


def _covered(image: Floats, place: tuple[slice, slice], patch: Floats | np.float32) -> Floats:
    covered = image.copy()
    covered[place] = patch
    return covered
