"""Limits the memory of open Integrated Gradients paths, each of which keeps a map of every evaluated point."""

from __future__ import annotations

from ml.data.image_size import ImageSize, height_and_width
from ml.errors import BadOption

PATH_MEMORY_BYTES = 2 * 2**30
"""Of all open paths together: 20 of 512 evaluations at 224 pixels, or one at 1024."""
_FLOAT32_BYTES = 4


def open_paths(max_evaluations: int, image_size: ImageSize) -> int:
    """How many paths may be open at once, so that memory suffices even if all of them use ``max_evaluations``.

    Args:
        max_evaluations: of F and its gradient, per path.
        image_size: of the map of a point, float32.

    Raises:
        BadOption: there is not enough memory for a single path.
    """
    height, width = height_and_width(image_size)
    map_bytes = height * width * _FLOAT32_BYTES
    paths = PATH_MEMORY_BYTES // (max_evaluations * map_bytes)
    if paths:
        return paths
    raise BadOption(
        f"max_evaluations {max_evaluations}: the maps of so many points of {height} x {width} pixels take "
        f"{max_evaluations * map_bytes / 2**30:.1f} GiB of memory per path, expected {PATH_MEMORY_BYTES / 2**30:.1f} "
        f"GiB at most: use {PATH_MEMORY_BYTES // map_bytes} or fewer",
        field="ig.max_evaluations",
    )
