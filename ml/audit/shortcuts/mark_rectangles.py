"""Lays the images that show the same piece over each other, and finds how far they agree: the mark as a whole.

A piece of one colour fits anywhere in a larger mark of that colour. So it is put in the middle of all positions in
which it fits, before the rows and columns around it are looked at; then the whole is laid over each image once more.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import ndimage

Floats = npt.NDArray[np.float32]
Corners = npt.NDArray[np.intp]
_ROUNDS = 2


def mark_rectangles(pictures: Floats, corners: Corners, side: int, *, limit: float) -> Corners:
    """The mark in each picture: top, left, bottom and right (n, 4), in pixels within the picture.

    Args:
        pictures: (n, S, S, 3).
        corners: (n, 2) of the piece in each.
        side: of the piece.
        limit: root mean square difference up to which pixels are alike.
    """
    height, width = side, side
    for _ in range(_ROUNDS):
        corners = _centred(pictures, corners, (height, width), limit)
        top, left, height, width = _grown(pictures, corners, (height, width), limit)
        corners = corners + np.asarray([top, left], np.intp)
    edges = np.concatenate([corners, corners + np.asarray([height, width], np.intp)], axis=1)
    return np.clip(edges, 0, pictures.shape[1])


def _centred(pictures: Floats, corners: Corners, size: tuple[int, int], limit: float) -> Corners:
    """The middle of the positions around each corner in which the median piece fits; the corner if it fits nowhere.

    Marks lie within the picture: of a position beyond its edge, the part that is left would fit by itself.
    """
    height, width = size
    reach = max(size) // 2
    around, there = _cut(pictures, corners, size, reach)
    middle = np.where(there[..., None], around, np.nan)[:, reach : reach + height, reach : reach + width]
    piece = np.moveaxis(np.nan_to_num(np.nanmedian(middle, axis=0)), 2, 0)
    views = np.lib.stride_tricks.sliding_window_view(around, size, axis=(1, 2))
    within = np.asarray(np.lib.stride_tricks.sliding_window_view(there, size, axis=(1, 2)).all(axis=(3, 4)))
    shifts = [_middle(view, fits, piece, limit) for view, fits in zip(views, within, strict=True)]
    return corners + np.asarray(shifts, np.intp) - reach


def _middle(view: Floats, within: npt.NDArray[np.bool_], piece: Floats, limit: float) -> tuple[int, int]:
    """Of all positions (p, q, 3, h, w) the middle of those that fit and touch the best one."""
    off = np.where(within, np.sqrt(((view - piece) ** 2).mean(axis=(2, 3, 4))), np.inf)
    best = np.unravel_index(int(off.argmin()), off.shape)
    if off[best] > limit:
        return off.shape[0] // 2, off.shape[1] // 2
    regions, _ = ndimage.label(off <= limit)
    rows, columns = np.nonzero(regions == regions[best])
    return round(float(rows.mean())), round(float(columns.mean()))


def _grown(pictures: Floats, corners: Corners, size: tuple[int, int], limit: float) -> tuple[int, int, int, int]:
    """The rectangle around a piece in which the images still agree: its corner from that of the piece, and its size.

    The rows and columns around the piece are added one by one, as long as half of their pixels agree.
    """
    margin = max(size)
    around, there = _cut(pictures, corners, size, margin)
    off = np.sqrt(((around - np.median(around, axis=0)) ** 2).mean(axis=3))
    agree = np.median(np.where(there, off, 1), axis=0) <= limit
    top, bottom, left, right = margin, margin + size[0], margin, margin + size[1]
    while top > 0 and agree[top - 1, left:right].mean() > 0.5:
        top -= 1
    while bottom < len(agree) and agree[bottom, left:right].mean() > 0.5:
        bottom += 1
    while left > 0 and agree[top:bottom, left - 1].mean() > 0.5:
        left -= 1
    while right < agree.shape[1] and agree[top:bottom, right].mean() > 0.5:
        right += 1
    return top - margin, left - margin, bottom - top, right - left


def _cut(
    pictures: Floats, corners: Corners, size: tuple[int, int], margin: int
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Each picture around its piece, and which of these pixels lie within the picture."""
    edge = margin + max(size)
    inside = np.pad(np.ones(pictures.shape[:3], bool), ((0, 0), (edge, edge), (edge, edge)))
    padded = np.pad(pictures, ((0, 0), (edge, edge), (edge, edge), (0, 0)))
    starts = corners + edge - margin
    cuts = [(slice(r, r + size[0] + 2 * margin), slice(c, c + size[1] + 2 * margin)) for r, c in starts]
    around = np.stack([picture[cut] for picture, cut in zip(padded, cuts, strict=True)])
    return around, np.stack([mask[cut] for mask, cut in zip(inside, cuts, strict=True)])
