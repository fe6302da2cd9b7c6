"""Joins the images of two jobs by their ids; of each image memory keeps a few bytes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from jobs.results.images.image_lookup import image_hash
from workers.tables.gathered_images import GatheredImages

Rows = NDArray[np.int64]
EXAMPLES = 5


@dataclass(frozen=True, eq=False)
class JoinedImages:
    """Rows of the images that both jobs have, (n,) each, in the order of the first; and of those that one alone has."""

    first: Rows
    second: Rows
    only_first: Rows
    only_second: Rows


def joined_images(first: GatheredImages, second: GatheredImages) -> JoinedImages:
    """Join by a hash of 8 bytes of each id."""
    ours, theirs = _hashes(first), _hashes(second)
    _, of_first, of_second = np.intersect1d(ours, theirs, assume_unique=True, return_indices=True)
    order = np.argsort(of_first)
    return JoinedImages(
        first=of_first[order],
        second=of_second[order],
        only_first=np.setdiff1d(np.arange(len(ours)), of_first, assume_unique=True),
        only_second=np.setdiff1d(np.arange(len(theirs)), of_second, assume_unique=True),
    )


def ids_of(images: GatheredImages, rows: Rows) -> tuple[str, ...]:
    """The ids of some of the rows, which ascend."""
    wanted = set(rows.tolist())
    found = (image_id for row, image_id in enumerate(images.ids()) if row in wanted)
    return tuple(islice(found, len(wanted)))


def _hashes(images: GatheredImages) -> Rows:
    return np.fromiter(map(image_hash, images.ids()), np.int64)
