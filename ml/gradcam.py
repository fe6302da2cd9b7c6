"""GradCAM (Selvaraju et al. 2017, section 3): where the last feature maps speak for a class.

Where the head is global average pooling and one dense layer, the weights of the maps are known in closed form
(α = W[k, c] / (H·W)), and all classes' maps follow from one forward pass. Otherwise they are the mean of the
target's gradient with respect to the maps, taken through the head only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

Floats = npt.NDArray[np.float32]


def closed_form_weights(head_weights: Floats, targets: npt.NDArray[np.int32], *, height: int, width: int) -> Floats:
    """Weights α (N, C) of the feature maps, for a pooled linear head with kernel (C, K)."""
    return (head_weights[:, targets].T / np.float32(height * width)).astype(np.float32)


def gradient_weights(feature_gradients: Floats) -> Floats:
    """Weights α (N, C): the mean over the map of the gradients (N, H, W, C)."""
    return np.asarray(feature_gradients.mean(axis=(1, 2)), np.float32)


def weighted_maps(features: Floats, weights: Floats) -> Floats:
    """GradCAM maps (N, H, W), raw and never below zero, from features (N, H, W, C) and α (N, C)."""
    summed = np.einsum("nhwc,nc->nhw", features, weights, dtype=np.float32, casting="same_kind")
    return np.asarray(np.maximum(summed, 0.0), np.float32)


def enlarged(heatmap: Floats, size: int) -> Floats:
    """One map (H, W) as (size, size), bilinear."""
    picture = Image.fromarray(np.ascontiguousarray(heatmap, np.float32))
    return np.asarray(picture.resize((size, size), Image.Resampling.BILINEAR), np.float32)


def flags(heatmap: Floats) -> tuple[str, ...]:
    """``empty_cam`` where nothing speaks for the class, ``non_finite`` where the numbers broke."""
    if not np.isfinite(heatmap).all():
        return ("non_finite",)
    return ("empty_cam",) if not heatmap.any() else ()
