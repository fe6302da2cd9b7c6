"""Pooled features and logits of a shard in one file, for audits: the forward pass has them anyway."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt

from ml.attribution.explainer import ImageExplanation
from ml.models.classifier import INPUT

NAME = "features.npz"
_LARGEST = float(np.finfo(np.float16).max)


class PooledFeatures:
    """Features of images by their ids, kept as float16; of a network without a layer of features, none."""

    def __init__(self) -> None:
        self._image_ids: list[str] = []
        self._features: list[npt.NDArray[np.float16]] = []
        self._logits: list[npt.NDArray[np.float32]] = []
        self._told = 0

    def add(self, image_id: str, explanation: ImageExplanation) -> None:
        """Take in the features and logits of one image."""
        if explanation.features is not None and explanation.feature_layer != INPUT:
            self._image_ids.append(image_id)
            self._features.append(as_float16(explanation.features))
            self._logits.append(explanation.logits)

    def restore(self, data: bytes) -> None:
        """Take in the rows that ``new_files`` gave, after those that there are."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            self._image_ids.extend(arrays["image_ids"].tolist())
            self._features.extend(arrays["features"])
            self._logits.extend(arrays["logits"])
        self._told = len(self._image_ids)

    def new_files(self) -> dict[str, bytes]:
        """The rows since this was last called, as ``files`` writes them."""
        start, self._told = self._told, len(self._image_ids)
        return self.files(start)

    def files(self, start: int = 0) -> dict[str, bytes]:
        """An ``.npz`` file of n rows, from row ``start`` on, by its name; none of no image.

        It holds ``features`` (n, C) float16, ``logits`` (n, K) float32 and ``image_ids``.
        """
        if start == len(self._image_ids):
            return {}
        buffer = io.BytesIO()
        np.savez(
            buffer,
            allow_pickle=False,
            features=np.stack(self._features[start:]),
            logits=np.stack(self._logits[start:]).astype(np.float32),
            image_ids=np.asarray(self._image_ids[start:]),
        )
        return {NAME: buffer.getvalue()}


def as_float16(features: npt.NDArray[np.float32]) -> npt.NDArray[np.float16]:
    """Features as half floats, the largest of which stands for larger ones."""
    return np.clip(features, -_LARGEST, _LARGEST).astype(np.float16)
