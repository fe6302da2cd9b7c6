"""Defines the specification of an evaluation job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Literal, get_args

from pydantic import Field, field_validator

from jobs.errors import InvalidSpec
from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs, needs_of_split
from jobs.specs.spec_values import (
    JOB_REFERENCE,
    DatasetName,
    JobReference,
    LabelName,
    MaxFailureRate,
    Name,
    SplitSlice,
    UsesModel,
    each_once,
    job_of,
)

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
View = Literal["flip", "scales"]
Severity = Annotated[int, Field(ge=1, le=5)]
CORRUPTIONS: tuple[Corruption, ...] = get_args(Corruption)
SEVERITIES = (1, 2, 3, 4, 5)


class EvaluateSpec(UsesModel):
    """Evaluate a model on every image of a split, as it is and under every corruption at every severity.

    Attributes:
        corruptions: corruptions to evaluate under; empty: only the original images.
        severities: of each corruption, 1 to 5.
        baseline_model: a published model by whose errors those of this model are divided.
        views: predict each image as it is once more by the mean of several views (mirrored, and at several
            scales); reported beside what one view gives, which stays what it is.
        compared_with: an earlier evaluation, image by image of those that both have judged.
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
    views: tuple[View, ...] = ()
    compared_with: JobReference | None = None
    gradcam_shift: bool = True
    batch_size: int = Field(default=32, ge=1, le=1024)
    shard_size: int | None = Field(default=None, ge=1, le=100_000)
    max_failure_rate: MaxFailureRate = None
    seed: int = Field(default=0, ge=0, lt=2**31)

    def needs(self) -> Needs:
        """The models, the data set and its split."""
        named = {"model": self.model, "baseline_model": self.baseline_model}
        models = {field: model for field, model in named.items() if model is not None}
        results = {"compared_with": self.earlier_job_id} if self.earlier_job_id is not None else {}
        return replace(needs_of_split(self.dataset, self.split, models=models), results=results)

    @property
    def earlier_job_id(self) -> str | None:
        """Id of the evaluation that this one is compared with."""
        return job_of(self.compared_with) if self.compared_with else None

    @property
    def awaited(self) -> tuple[str, ...]:
        """The job that makes the model, and the evaluation that this one is compared with."""
        return (*super().awaited, *([self.earlier_job_id] if self.earlier_job_id else []))

    def check_results(self, jobs: Mapping[str, JobSpec]) -> None:
        """What this evaluation is compared with must be one, of the same data set and its same labels.

        Raises:
            InvalidSpec: it is not.
        """
        for field, earlier in jobs.items():
            if not isinstance(earlier, EvaluateSpec):
                raise InvalidSpec(
                    f"{field} is of kind {earlier.kind_name()!r}: name an evaluation, whose predictions were judged",
                    field=field,
                )
            if earlier.dataset != self.dataset:
                raise InvalidSpec(
                    f"{field} is an evaluation of data set {earlier.dataset!r}, this one is of {self.dataset!r}: the "
                    "same images are compared, so name one of the same data set",
                    field=field,
                )
            if earlier.label != self.label:
                raise InvalidSpec(
                    f"{field} is an evaluation by label {earlier.label!r}, this one is by label {self.label!r}: what "
                    "is right by one may be wrong by the other, so name one of the same label",
                    field=field,
                )

    _unique = field_validator("corruptions", "severities", "views")(each_once)

    @field_validator("baseline_model")
    @classmethod
    def _baseline_published(cls, value: str | None) -> str | None:
        if value is not None and value.startswith(JOB_REFERENCE):
            raise ValueError(
                f"baseline_model {value!r}: the job does not wait for it; name a published model by its id"
            )
        return value
