"""Defines the specification of a comparison of two jobs on the same images."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, model_validator

from jobs.errors import InvalidSpec
from jobs.specs.evaluate_spec import EvaluateSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs
from jobs.specs.spec_values import JOB_REFERENCE, JobReference, Name

COMPARABLE = (ExplainSpec.kind_name(), EvaluateSpec.kind_name())
"""The kinds of job whose results can be compared."""


class CompareSpec(JobSpec):
    """Compare two explanations, or two evaluations, of the same images: joined by the id of each image.

    Attributes:
        first: the job that is held against; what it got right and the second wrong is called broken.
        second: the job that is compared with it; what only it got right is called fixed.
        seed: of the resampling behind the intervals of measures.
    """

    example = Example(
        "Compare two explanations of the same images, by two models",
        {
            "kind": "compare",
            "first": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "second": "job:01kaxn8d2m4q6s8v0x2z4b6d8f",
        },
    )

    kind: Literal["compare"]
    name: Name | None = None
    first: JobReference
    second: JobReference
    seed: int = Field(default=0, ge=0, lt=2**31)

    @property
    def first_job_id(self) -> str:
        """Id of the first job."""
        return self.first.removeprefix(JOB_REFERENCE)

    @property
    def second_job_id(self) -> str:
        """Id of the second job."""
        return self.second.removeprefix(JOB_REFERENCE)

    @property
    def awaited(self) -> tuple[str, ...]:
        """Both jobs."""
        return self.first_job_id, self.second_job_id

    def needs(self) -> Needs:
        """The results of both jobs."""
        return Needs(results={"first": self.first_job_id, "second": self.second_job_id})

    def check_results(self, jobs: Mapping[str, JobSpec]) -> None:
        """Both jobs must be of one kind that leaves results by image, and of the same data set and its same labels.

        Raises:
            InvalidSpec: they are not, or have not; names ``first`` or ``second``.
        """
        first, second = (_comparable(jobs[field], field=field) for field in ("first", "second"))
        if first.kind != second.kind:
            raise InvalidSpec(
                f"first is of kind {first.kind!r}, second of kind {second.kind!r}: name two explanations or two "
                "evaluations",
                field="second",
            )
        if first.dataset != second.dataset:
            raise InvalidSpec(
                f"first is of data set {first.dataset!r}, second of {second.dataset!r}: the same images are compared, "
                "so name two jobs of one data set",
                field="second",
            )
        if first.label != second.label:
            raise InvalidSpec(
                f"first is by label {first.label!r}, second by label {second.label!r}: what is right by one may be "
                "wrong by the other, so name two jobs of one label",
                field="second",
            )

    @model_validator(mode="after")
    def _two_jobs(self) -> CompareSpec:
        if self.first == self.second:
            raise ValueError(f"first and second are both {self.first}: name two jobs")
        return self


def _comparable(spec: JobSpec, *, field: str) -> ExplainSpec | EvaluateSpec:
    if isinstance(spec, ExplainSpec | EvaluateSpec):
        return spec
    raise InvalidSpec(
        f"{field} is of kind {spec.kind_name()!r}, which leaves no results by image: name a job of kind "
        f"{' or '.join(map(repr, COMPARABLE))}",
        field=field,
    )
