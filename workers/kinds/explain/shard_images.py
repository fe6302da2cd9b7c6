"""The images of a shard as the model sees them, or why one cannot be explained."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.scores import AGAINST_TRUE
from ml.data.datasets import Example
from ml.data.example import label_problem
from ml.data.image_size import ImageSize
from ml.data.images import resize


@dataclass(frozen=True, eq=False)
class ShardImage:
    """One image: ``pixels`` (H, W, 3) uint8, or None where ``refusal`` says why."""

    example: Example
    pixels: npt.NDArray[np.uint8] | None
    refusal: str = ""


def shard_images(
    examples: Iterable[Example], spec: ExplainSpec, *, image_size: ImageSize, classes: int
) -> Iterator[ShardImage]:
    """Decoded and resized as they are asked for, so that another thread can do it."""
    for example in examples:
        refusal = _refusal(example, spec, classes)
        if refusal or example.image is None:
            yield ShardImage(example, None, refusal)
        else:
            yield ShardImage(example, resize(example.image, image_size))


def _refusal(example: Example, spec: ExplainSpec, classes: int) -> str:
    """Why this image cannot be explained, or nothing."""
    if example.error is not None or example.image is None:
        return example.error or "the image could not be read"
    asked = "target 'true'" if spec.target == "true" else f"score {spec.score!r}" if spec.score == AGAINST_TRUE else ""
    problem = label_problem(example.label, classes=classes) if asked else ""
    return f"{asked} needs a labelled image: {problem}" if problem else ""
