"""What an audit keeps of the images of a split: predictions, features and cues, one file per step."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
from scipy.special import softmax

from store.base import ObjectStore
from workers.kinds.audit.given.step_files import step_file

NAME, NPZ = "seen.npz", "application/zip"
NO_LABEL = -1


@dataclass(frozen=True, eq=False)
class SeenImages:
    """Arrays of n readable images, in the order of their split.

    Attributes:
        image_ids: (n,) str.
        indices: (n,) int64, places in the split.
        labels: (n,) int32, ``NO_LABEL`` where there is none.
        logits: (n, K) float32.
        features: (n, D) float16, pooled.
        cues: (n, C) float32, see ``ml.audit.shortcuts.picture_cues``; (n, 0) where shortcuts are not looked for, as in
            a training split.
        thumbnails: (n, 64, 64, 3) uint8, see ``ml.audit.data.thumbnail``.
        measures: (n, 5) float64, see ``ml.audit.data.picture_measures``.
    """

    image_ids: npt.NDArray[np.str_]
    indices: npt.NDArray[np.int64]
    labels: npt.NDArray[np.int32]
    logits: npt.NDArray[np.float32]
    features: npt.NDArray[np.float16]
    cues: npt.NDArray[np.float32]
    thumbnails: npt.NDArray[np.uint8]
    measures: npt.NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.image_ids)

    @property
    def probabilities(self) -> npt.NDArray[np.float32]:
        """Softmax probabilities, (n, K) float32."""
        return np.asarray(softmax(self.logits.astype(np.float64), axis=1), np.float32)

    @property
    def predicted(self) -> npt.NDArray[np.int64]:
        """The likeliest class of each image, (n,)."""
        return np.asarray(self.logits.argmax(axis=1), np.int64)

    @property
    def labelled(self) -> bool:
        """Whether all images have a label."""
        return bool(len(self)) and bool((self.labels != NO_LABEL).all())

    def rows(self, chosen: npt.NDArray[np.generic] | Sequence[int]) -> SeenImages:
        """Some of the images; ``chosen`` is (m,) int or (n,) bool."""
        return SeenImages(**{each.name: getattr(self, each.name)[np.asarray(chosen)] for each in fields(self)})

    def encode(self) -> bytes:
        """The arrays as the bytes of an ``.npz`` file."""
        buffer = io.BytesIO()
        np.savez(buffer, allow_pickle=False, **{each.name: getattr(self, each.name) for each in fields(self)})
        return buffer.getvalue()

    @classmethod
    def decode(cls, data: bytes) -> SeenImages:
        """Read what ``encode`` wrote."""
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return cls(**{each.name: arrays[each.name] for each in fields(cls)})


def joined(parts: Iterable[SeenImages]) -> SeenImages | None:
    """The images of several steps, or None where there are none."""
    found = [part for part in parts if len(part)]
    if not found:
        return None
    arrays = {each.name: np.concatenate([getattr(part, each.name) for part in found]) for each in fields(SeenImages)}
    return SeenImages(**arrays)


def seen_images(job_id: str, steps: Iterable[str], store: ObjectStore) -> SeenImages | None:
    """What these steps saw, or None where they saw nothing that can be read."""
    found = (step_file(job_id, step, NAME, store) for step in steps)
    return joined(SeenImages.decode(data) for data in found if data is not None)
