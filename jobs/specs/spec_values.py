"""Defines field types that the specifications of several kinds of job share."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from jobs.specs import patterns
from jobs.specs.job_spec import JobSpec

JOB_REFERENCE = "job:"

Backbone = Literal[
    "ResNet50",
    "ResNet101",
    "ResNet152",
    "ResNet50V2",
    "ResNet101V2",
    "ResNet152V2",
    "MobileNetV2",
    "MobileNetV3Small",
    "MobileNetV3Large",
    "EfficientNetV2B0",
    "EfficientNetV2B1",
    "EfficientNetV2B2",
    "EfficientNetV2B3",
    "EfficientNetV2S",
    "EfficientNetV2M",
    "EfficientNetV2L",
    "ConvNeXtTiny",
    "ConvNeXtSmall",
    "ConvNeXtBase",
    "DenseNet121",
    "DenseNet169",
    "DenseNet201",
    "SmallCNN",
]
BACKBONES: tuple[str, ...] = get_args(Backbone)
PRETRAINED = BACKBONES[:-1]
WITHOUT_BRANCHES = frozenset({"DenseNet121", "DenseNet169", "DenseNet201", "SmallCNN"})
"""Backbones in which nothing is added to a shortcut."""
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=patterns.NAME)]
DatasetName = Annotated[str, Field(max_length=1000, pattern=patterns.DATASET)]
MaxFailureRate = Annotated[
    float | None,
    Field(
        ge=0,
        le=1,
        allow_inf_nan=False,
        description="The job fails if a larger share of its images does. null: images that cannot be read are left out "
        "of this, and of the others 5 % may fail; a job of which no image came through fails.",
    ),
]
LabelName = Annotated[
    str | None,
    Field(
        max_length=200,
        pattern=patterns.FEATURE,
        description="Which feature or column of the data set holds the labels; null: 'label', or the only one.",
    ),
]
SplitSlice = Annotated[str, Field(pattern=patterns.SPLIT, max_length=100)]


def _as_reference(value: str) -> str:
    return value if value.startswith(JOB_REFERENCE) else f"{JOB_REFERENCE}{value}"


JobReference = Annotated[
    str,
    Field(min_length=1, max_length=200, pattern=patterns.NAME, description="`job:<id>`, or the id alone."),
    AfterValidator(_as_reference),
]
"""A job whose results are used; kept as ``job:<id>``."""


class UsesModel(JobSpec):
    """A job that needs a model: a published one by its id, or ``job:<id>`` of the job that makes it."""

    model: Name

    @property
    def training_job_id(self) -> str | None:
        """The training or import job whose model the job waits for, if the model is given as ``job:<id>``."""
        return job_of(self.model)

    @property
    def awaited(self) -> tuple[str, ...]:
        """The job that makes the model, if it is named so."""
        return (self.training_job_id,) if self.training_job_id else ()


def job_of(model: str) -> str | None:
    """The job that makes this model, if the model is named so."""
    return model.removeprefix(JOB_REFERENCE) if model.startswith(JOB_REFERENCE) else None


def each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The values as they are; for ``field_validator``.

    Raises:
        ValueError: one of them stands there twice.
    """
    if len(set(values)) != len(values):
        raise ValueError(f"{', '.join(map(str, values))} names something twice: name each once")
    return values
