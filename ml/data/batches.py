"""Cuts data into batches of one shape; the last batch is padded, and padding has weight 0.

With one shape a function is traced once, and with weights of 0 every image counts exactly once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ml.data.example import Example
from ml.data.images import resize
from ml.errors import MlError

MEMORY_LIMIT_BYTES = 8 * 2**30


@dataclass(frozen=True, eq=False)
class Batch:
    """A full batch of inputs, some of which may be padding.

    Attributes:
        inputs: (B, ...) float32.
        labels: (B,) int32.
        weights: (B,) float32, 1 for an image and 0 for padding.
    """

    inputs: NDArray[np.float32]
    labels: NDArray[np.int32]
    weights: NDArray[np.float32]

    @property
    def images(self) -> int:
        """How many images there are, without padding."""
        return int(self.weights.sum())


@dataclass(frozen=True, eq=False)
class LabelledArrays:
    """The inputs and labels of a split, in memory.

    Attributes:
        inputs: (N, size, size, 3) uint8 images or (N, channels) float32 pooled features.
        labels: (N,) int32.
    """

    inputs: NDArray[Any]
    labels: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.labels)


def batches(data: LabelledArrays, batch_size: int, *, order: NDArray[np.int64] | None = None) -> Iterator[Batch]:
    """Cut a split into batches; the last one is padded with the first images of the order."""
    indices = np.arange(len(data)) if order is None else order
    for start in range(0, len(indices), batch_size):
        taken = indices[start : start + batch_size]
        filled = np.concatenate([taken, np.resize(indices, batch_size - len(taken))])
        weights = (np.arange(batch_size) < len(taken)).astype(np.float32)
        yield Batch(data.inputs[filled].astype(np.float32), data.labels[filled], weights)


def batches_of(examples: Iterable[Example], batch_size: int, *, image_size: int) -> Iterator[Batch]:
    """Resize and batch usable examples as they come; the last batch is padded with black images."""
    images = np.zeros((batch_size, image_size, image_size, 3), np.float32)
    labels = np.zeros(batch_size, np.int32)
    count = 0
    for example in examples:
        images[count], labels[count] = _arrays(example, image_size)
        count += 1
        if count == batch_size:
            yield Batch(images, labels, np.ones(batch_size, np.float32))
            images, labels, count = np.zeros_like(images), np.zeros_like(labels), 0
    if count:
        yield Batch(images, labels, (np.arange(batch_size) < count).astype(np.float32))


def in_memory(examples: Iterable[Example], at_most: int, *, image_size: int) -> LabelledArrays:
    """Resize usable examples and keep them in memory; there may be at most ``at_most``.

    Raises:
        MlError: they would need more than ``MEMORY_LIMIT_BYTES``.
    """
    shape = (at_most, image_size, image_size, 3)
    if np.prod(shape) > MEMORY_LIMIT_BYTES:
        raise MlError(
            f"{at_most} images of {image_size} x {image_size} pixels need more than the {MEMORY_LIMIT_BYTES >> 30} "
            "GiB that training keeps in memory: choose a smaller image_size, or a slice of the split as in "
            "train[0:10000]"
        )
    images, labels, count = np.empty(shape, np.uint8), np.empty(at_most, np.int32), 0
    for count, example in enumerate(examples, start=1):
        images[count - 1], labels[count - 1] = _arrays(example, image_size)
    return LabelledArrays(images[:count], labels[:count])


def _arrays(example: Example, image_size: int) -> tuple[NDArray[np.uint8], int]:
    if example.image is None or example.label is None:
        raise ValueError(f"example {example.image_id} has no image or no label: leave it out first")
    return resize(example.image, image_size), example.label
