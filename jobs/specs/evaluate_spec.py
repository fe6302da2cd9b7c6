"""Defines the specification of an evaluation job."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from jobs.specs.job_spec import Example
from jobs.specs.needs import Needs, needs_of_split
from jobs.specs.spec_values import JOB_REFERENCE, DatasetName, LabelName, MaxFailureRate, Name, SplitSlice, UsesModel

Corruption = Literal[
    "brightness",
    "contrast",
    "rotation",
    "perspective",
    "zoom",
    "background",
    "blur",
    "noise",
    "jpeg",
    "occlusion",
]
Severity = Annotated[int, Field(ge=1, le=5)]
CORRUPTIONS: tuple[Corruption, ...] = get_args(Corruption)
SEVERITIES = (1, 2, 3, 4, 5)


class EvaluateSpec(UsesModel):
    """Evaluate a model on every image of a split, as it is and under every corruption at every severity.

    Attributes:
        corruptions: corruptions to evaluate under; empty: only the original images.
        severities: of each corruption, 1 to 5.
        baseline_model: a published model by whose errors those of this model are divided.
        gradcam_shift: whether to measure how far GradCAM moves under each corruption.
        seed: of all random draws of corruptions.
    """

    example = Example(
        "Evaluate the model of a training job, also in worse light and from other angles",
        {
            "kind": "evaluate",
            "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "dataset": "synthetic_flowers",
            "split": "test",
            "corruptions": ["brightness", "contrast", "rotation", "perspective", "zoom", "background"],
            "severities": [1, 3, 5],
        },
    )

    kind: Literal["evaluate"]
    name: Name | None = None
    dataset: DatasetName
    split: SplitSlice = "test"
    label: LabelName = None
    corruptions: tuple[Corruption, ...] = CORRUPTIONS
    severities: tuple[Severity, ...] = Field(default=SEVERITIES, min_length=1)
    baseline_model: Name | None = None
    gradcam_shift: bool = True
    batch_size: int = Field(default=32, ge=1, le=1024)
    shard_size: int | None = Field(default=None, ge=1, le=100_000)
    max_failure_rate: MaxFailureRate = None
    seed: int = Field(default=0, ge=0, lt=2**31)

    def needs(self) -> Needs:
        """The models, the data set and its split."""
        named = {"model": self.model, "baseline_model": self.baseline_model}
        models = {field: model for field, model in named.items() if model is not None}
        return needs_of_split(self.dataset, self.split, models=models)

    @field_validator("corruptions", "severities")
    @classmethod
    def _unique(cls, values: tuple[str | int, ...]) -> tuple[str | int, ...]:
        if len(set(values)) != len(values):
            raise ValueError(f"{', '.join(map(str, values))} names something twice: name each once")
        return values

    @field_validator("baseline_model")
    @classmethod
    def _baseline_published(cls, value: str | None) -> str | None:
        if value is not None and value.startswith(JOB_REFERENCE):
            raise ValueError(
                f"baseline_model {value!r}: the job does not wait for it; name a published model by its id"
            )
        return value
