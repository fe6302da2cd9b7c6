"""Defines the specification of a preview job."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs, needs_of_split
from jobs.specs.pipeline_spec import Augmentation, AugmentationOrPolicy, Mixing, MixingOrName
from jobs.specs.spec_values import DatasetName, LabelName, Name, SplitSlice


class PreviewSpec(JobSpec):
    """Draw a preview of the training images: originals above their augmented, mixed versions.

    The fields for augmentation and mixing are the same as in a training specification.
    """

    example = Example(
        "Look at what augmentation and mixing make of 16 training images",
        {
            "kind": "preview",
            "dataset": "synthetic_flowers",
            "pipeline": "augmented",
            "mixing": "both",
            "images": 16,
        },
    )
    queue = "interactive"

    kind: Literal["preview"]
    name: Name | None = None
    dataset: DatasetName
    split: SplitSlice = "train"
    label: LabelName = None
    pipeline: Literal["baseline", "augmented"] = "augmented"
    augmentation: AugmentationOrPolicy = Augmentation()
    mixing: MixingOrName = Mixing(kind="both")
    images: int = Field(default=16, ge=2, le=64)
    image_size: int = Field(default=224, ge=32, le=512)
    seed: int = Field(default=0, ge=0, lt=2**31)

    def needs(self) -> Needs:
        """The data set and its split."""
        return needs_of_split(self.dataset, self.split)
