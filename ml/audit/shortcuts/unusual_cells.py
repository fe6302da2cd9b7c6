"""Where a picture is most unlike what the pictures of a split are made of: vivid colours, sharp edges."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ml.audit.shortcuts.picture_cues import GRID, cell_cues

Floats = npt.NDArray[np.float32]


def unusual_cells(cues: Floats) -> Floats:
    """Of each cell of each picture (N, h, w) the squared Mahalanobis distance of its cues from those of all cells.

    Args:
        cues: (N, C); see ``picture_cues``.
    """
    if not len(cues):
        return np.zeros((0, GRID, GRID), np.float32)
    cells = np.moveaxis(cell_cues(cues), 1, 3).astype(np.float64)
    centred = cells - cells.mean(axis=(0, 1, 2))
    flat = centred.reshape(-1, centred.shape[-1])
    covariance = flat.T @ flat / len(flat)
    scales = np.sqrt(np.diag(covariance)) + 1e-9
    inverse = np.linalg.pinv(covariance / np.outer(scales, scales), hermitian=True)
    scaled = centred / scales
    return np.asarray(((scaled @ inverse) * scaled).sum(axis=3), np.float32)
