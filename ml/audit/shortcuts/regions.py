"""Pastes, fills and moves rectangles of pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ml.audit.shortcuts.suspicion import Place

Images = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels."""

    top: int
    left: int
    height: int
    width: int

    def of(self, image: Images) -> Images:
        """The pixels (height, width, 3) of an image inside the box; a view."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]


def box_at(place: Place, height: int, width: int) -> Box:
    """The pixels of a place in pictures of this size; at least one."""
    top, left = min(round(place.top * height), height - 1), min(round(place.left * width), width - 1)
    bottom, right = max(round(place.bottom * height), top + 1), max(round(place.right * width), left + 1)
    return Box(top, left, min(bottom, height) - top, min(right, width) - left)


def moved(box: Box, height: int, width: int, *, rng: np.random.Generator, tries: int = 20) -> Box:
    """A box of the same size elsewhere: of some drawn by chance, the one that overlaps the box least."""
    tops, lefts = (rng.integers(0, room + 1, tries) for room in (height - box.height, width - box.width))
    overlaps = np.clip(box.height - abs(tops - box.top), 0, None) * np.clip(box.width - abs(lefts - box.left), 0, None)
    best = int(overlaps.argmin())
    return Box(int(tops[best]), int(lefts[best]), box.height, box.width)


def pasted(target: Images, source: Images, box: Box, *, at: Box | None = None) -> Images:
    """A copy of an image with the pixels of another one inside a box, at the same place or at another box's."""
    copy = target.copy()
    (at or box).of(copy)[:] = box.of(source)
    return copy


def blurred_over(image: Images, box: Box) -> Images:
    """A copy of an image with a box filled smoothly from the pixels around it."""
    copy = image.copy()
    margin = max(1, min(box.height, box.width) // 4)
    top, left = max(box.top - margin, 0), max(box.left - margin, 0)
    around = copy[top : box.top + box.height + margin, left : box.left + box.width + margin]
    inside = np.zeros(around.shape[:2], bool)
    inside[box.top - top : box.top - top + box.height, box.left - left : box.left - left + box.width] = True
    if inside.all():
        around[:] = image.mean(axis=(0, 1))
        return copy
    around[inside] = around[~inside].mean(axis=0)
    smooth = Image.fromarray(around).filter(ImageFilter.GaussianBlur(margin))
    around[inside] = np.asarray(smooth)[inside]
    return copy
