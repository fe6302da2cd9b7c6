"""Pastes, fills and moves regions of pictures.

What is put into a picture must not look like a mark itself. Regions have soft edges, and what fills one has the texture
of the picture: a network that had learnt a square of one colour also took smoothly filled squares for it, and squares
with hard edges. With these, what pasting turns and filling loses comes near to what planting the mark turns and taking
it away loses (``docs/audit-detection.md``).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

from ml.audit.shortcuts.suspicion import Place

MARGIN = 1 / 32
"""Around a place, as a share of the side: places are found to about that, and the edges of a mark belong to it."""
SOFTNESS = 1 / 64
"""Of the edges of a region that is pasted, the standard deviation of a Gaussian, as a share of the side."""

Images = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
_TRIES = 20
_MOST_SHARED = 0.1
"""Of the pixels of a region and its mirror image, for the mirror image to be another place."""


def mask_at(place: Place, height: int, width: int, *, margin: float = MARGIN) -> Mask:
    """The pixels (H, W) of a place and of a margin around it in pictures of this size; at least one."""
    top, left = (max(side - margin, 0) for side in (place.top, place.left))
    bottom, right = (min(side + margin, 1) for side in (place.bottom, place.right))
    first, start = min(round(top * height), height - 1), min(round(left * width), width - 1)
    mask = np.zeros((height, width), bool)
    mask[first : max(round(bottom * height), first + 1), start : max(round(right * width), start + 1)] = True
    return mask


def rectangle_of(mask: Mask) -> tuple[int, int, int, int]:
    """Top, left, height and width of the smallest rectangle around a mask that is true somewhere."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return int(rows[0]), int(columns[0]), int(rows[-1] - rows[0] + 1), int(columns[-1] - columns[0] + 1)


def moved(mask: Mask, *, rng: np.random.Generator) -> Mask:
    """The same rectangle elsewhere: of some places drawn by chance, the one that overlaps it least."""
    top, left, height, width = rectangle_of(mask)
    tops, lefts = (rng.integers(0, room + 1, _TRIES) for room in (mask.shape[0] - height, mask.shape[1] - width))
    overlaps = np.clip(height - abs(tops - top), 0, None) * np.clip(width - abs(lefts - left), 0, None)
    best = int(overlaps.argmin())
    return np.roll(mask, (int(tops[best]) - top, int(lefts[best]) - left), (0, 1))


def matched(mask: Mask, *, rng: np.random.Generator) -> Mask:
    """The same rectangle elsewhere, as far from the middle: mirrored, if that is another place, else drawn by chance.

    What lies in the middle shows the subject, so a control has to be as far from it.
    """
    mirrored = [mask[::-1], mask[:, ::-1], mask[::-1, ::-1]]
    apart = [each for each in mirrored if (each & mask).sum() <= _MOST_SHARED * mask.sum()]
    return apart[int(rng.integers(len(apart)))] if apart else moved(mask, rng=rng)


def pasted(targets: Images, sources: Images, masks: npt.NDArray[np.bool_]) -> Images:
    """Images with the pixels of others inside a mask, at the same place, with soft edges.

    Args:
        targets: (n, H, W, 3).
        sources: (m, H, W, 3), which are taken in turn; without one, nothing is pasted and no image comes back.
        masks: (H, W) of all, or (n, H, W).
    """
    if not len(sources):
        return targets[:0]
    shares = _softened(masks)[..., None]
    changed = targets + shares * (sources[np.arange(len(targets)) % len(sources)] - targets.astype(np.float32))
    return np.rint(changed).astype(np.uint8)


def _softened(masks: npt.NDArray[np.bool_]) -> npt.NDArray[np.float32]:
    sigma = SOFTNESS * min(masks.shape[-2:])
    widths = (0.0,) * (masks.ndim - 2) + (sigma, sigma)
    return np.asarray(ndimage.gaussian_filter(masks.astype(np.float32), widths, mode="nearest"), np.float32)


def filled(images: Images, masks: npt.NDArray[np.bool_]) -> Images:
    """Images (n, H, W, 3) in which a mask, (H, W) or (n, H, W), is filled with what lies around it, mirrored."""
    if masks.ndim == 2:
        return _mirrored(images, masks)
    return np.concatenate([images[:0], *(_mirrored(*each) for each in zip(images[:, None], masks, strict=True))])


def _mirrored(images: Images, mask: Mask) -> Images:
    """Each pixel inside becomes its mirror image at the nearest pixel outside; where that is none, the nearest one."""
    if mask.all():
        return np.broadcast_to(images.mean(axis=(1, 2), keepdims=True).astype(np.uint8), images.shape)
    nearest = ndimage.distance_transform_edt(mask, return_distances=False, return_indices=True)
    rows, columns = 2 * nearest - np.indices(mask.shape)
    inside = (rows >= 0) & (rows < mask.shape[0]) & (columns >= 0) & (columns < mask.shape[1])
    inside[inside] = ~mask[rows[inside], columns[inside]]
    rows, columns = np.where(inside, (rows, columns), nearest)
    return np.asarray(images[:, rows, columns])
