"""Several views of a picture, whose predictions are averaged: test-time augmentation.

Each view is predicted by itself, and the probabilities are averaged (Krizhevsky et al. 2012, section 4.1). What one
prediction of the picture as it is says, stays as it is: the average is a second measurement beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.special import log_softmax, logsumexp

Images = NDArray[np.uint8]

FLIP, SCALES = "flip", "scales"
ZOOMS = (1.0, 1.15, 1.3)
"""The views of ``scales``: the picture itself, and its centre enlarged by these factors."""


def views_of(images: Images, asked: Sequence[str]) -> Iterator[Images]:
    """All views but the pictures themselves: with ``flip`` and ``scales``, every scale comes mirrored, too.

    Args:
        images: (n, H, W, 3).
        asked: of ``flip`` and ``scales``.

    Yields:
        (n, H, W, 3) uint8 each.
    """
    zooms = ZOOMS if SCALES in asked else (1.0,)
    for zoom, mirrored in product(zooms, (False, True) if FLIP in asked else (False,)):
        if zoom == 1.0 and not mirrored:
            continue
        seen = images if zoom == 1.0 else np.stack([_enlarged(image, zoom) for image in images])
        yield seen[:, :, ::-1] if mirrored else seen


def mean_of_views(logits: Sequence[NDArray[np.floating]]) -> NDArray[np.float64]:
    """Logarithms of the mean probabilities, (n, K), of the logits of each view, (n, K) each."""
    shares = np.stack([log_softmax(np.asarray(each, np.float64), axis=1) for each in logits])
    return np.asarray(logsumexp(shares, axis=0) - np.log(len(shares)))


def _enlarged(image: Images, zoom: float) -> Images:
    height, width, _ = image.shape
    left, top = (width - width / zoom) / 2, (height - height / zoom) / 2
    box = (left, top, width - left, height - top)
    return np.asarray(Image.fromarray(image).resize((width, height), Image.Resampling.BILINEAR, box=box))
