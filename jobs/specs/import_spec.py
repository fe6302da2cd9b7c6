"""Defines the specification of an import job, which publishes a model file from elsewhere."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from jobs.specs import patterns
from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs
from jobs.specs.spec_values import Backbone, Name

MAX_MODEL_BYTES = 2 * 2**30

Preprocessing = Literal["none", "zero_to_one", "minus_one_to_one", "caffe", "torch", Backbone]
PREPROCESSING_NAMES: tuple[str, ...] = get_args(Preprocessing)
ClassName = Annotated[str, Field(min_length=1, max_length=200)]


class ImportSpec(JobSpec):
    """Publish a Keras model that was trained elsewhere.

    Attributes:
        upload: SHA-256 of the uploaded ``.keras`` or ``.h5`` file.
        preprocessing: of raw RGB, 0..255, for the model's input; ``none`` where the model does it itself.
        classes: names in the order of the model's outputs, or their number, or None for the number of outputs.
        image_size: height of the input in pixels, where the model takes any size.
        image_width: its width, where that is not ``image_size``.
        feature_layer: the layer that GradCAM uses; None for the last spatial activation.
    """

    example = Example(
        "Import an uploaded Keras model",
        {
            "kind": "import",
            "upload": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "preprocessing": "MobileNetV2",
            "classes": ["daisy", "rose", "tulip"],
        },
    )
    queue = "interactive"
    makes_model = True

    kind: Literal["import"]
    name: Name | None = None
    upload: str = Field(pattern=patterns.SHA256)
    preprocessing: Preprocessing
    classes: Annotated[int, Field(ge=2, le=100_000)] | tuple[ClassName, ...] | None = None
    image_size: int | None = Field(default=None, ge=8, le=2048)
    image_width: int | None = Field(default=None, ge=8, le=2048)
    feature_layer: str | None = Field(default=None, min_length=1, max_length=200)

    def needs(self) -> Needs:
        """The file."""
        return Needs(uploads={"upload": self.upload})

    @field_validator("classes")
    @classmethod
    def _classes_distinct(cls, value: int | tuple[str, ...] | None) -> int | tuple[str, ...] | None:
        if isinstance(value, tuple) and len(value) < 2:
            raise ValueError(f"{len(value)} class names: name two or more, or leave it out")
        if isinstance(value, tuple) and len(set(value)) != len(value):
            twice = next(name for name, count in Counter(value).items() if count > 1)
            raise ValueError(f"class {twice!r} is named twice: name each once, in the order of the model's outputs")
        return value

    @property
    def num_classes(self) -> int | None:
        """The number of classes, if it is given."""
        return len(self.classes) if isinstance(self.classes, tuple) else self.classes
