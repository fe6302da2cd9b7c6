"""Defines the specification of an audit."""

from __future__ import annotations

from typing import Literal, get_args

from pydantic import Field, field_validator

from jobs.specs.job_spec import Example
from jobs.specs.needs import Needs, SplitOfDataset
from jobs.specs.spec_values import (
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

Look = Literal["shortcuts", "labels", "duplicates", "pictures", "slices"]
LOOKS: tuple[Look, ...] = get_args(Look)
TRAIN = "train"


class AuditSpec(UsesModel):
    """Look for what a model learnt that it should not have, and for faults of the data behind it.

    Attributes:
        training_split: what the model was trained on; ``train`` is left out where the data set has no such split.
        explanation: the job whose maps are looked through; null: the audit submits one of its own.
        looks_for: shortcuts of the model, wrong labels, near-duplicates, odd pictures, slices with more errors.
        seed: of all permutations and samples.
    """

    example = Example(
        "Audit the model of a training job, with the explanation of the same images",
        {
            "kind": "audit",
            "model": "job:01kaxm3v9w7t2c5h8qe4n6r1zd",
            "dataset": "synthetic_flowers",
            "split": "test",
            "training_split": "train",
            "explanation": "job:01kaxm3v9w7t2c5h8qe4n6r2aa",
            "looks_for": ["shortcuts", "labels", "duplicates", "pictures", "slices"],
        },
    )

    kind: Literal["audit"]
    name: Name | None = None
    dataset: DatasetName
    label: LabelName = None
    split: SplitSlice = "test"
    training_split: SplitSlice | None = TRAIN
    explanation: JobReference | None = None
    looks_for: tuple[Look, ...] = Field(default=LOOKS, min_length=1)
    batch_size: int = Field(default=32, ge=1, le=1024)
    shard_size: int | None = Field(default=None, ge=1, le=100_000)
    max_failure_rate: MaxFailureRate = None
    seed: int = Field(default=0, ge=0, lt=2**31)

    @property
    def explaining_job_id(self) -> str | None:
        """The job whose explanation was named, if one was."""
        return job_of(self.explanation) if self.explanation else None

    def needs(self) -> Needs:
        """The model, the explanation, the data set and its splits; the default training split may be missing."""
        splits = {"split": SplitOfDataset(self.dataset, self.split)}
        if self.training_split not in {None, TRAIN}:
            splits["training_split"] = SplitOfDataset(self.dataset, str(self.training_split))
        jobs = {"explanation": self.explaining_job_id} if self.explaining_job_id is not None else {}
        return Needs(datasets={"dataset": self.dataset}, splits=splits, models={"model": self.model}, jobs=jobs)

    _unique = field_validator("looks_for")(each_once)
