"""What can be asked of an explanation job."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from jobs.spec_values import NOT_YET, Name, SplitSlice, UsesModel, refuse_store_dataset
from jobs.value import Value

Method = Literal["gradcam", "integrated_gradients"]
Metric = Literal["completeness", "deletion", "insertion", "localization", "randomization"]
Output = Literal["overlay", "raw"]


class IntegratedGradients(Value):
    """How Integrated Gradients integrates, and when it has converged."""

    baseline: Literal["black", "white", "mean", "blur"] = "black"
    tolerance: float = Field(default=0.05, gt=0, lt=1, allow_inf_nan=False)
    max_evaluations: int = Field(default=512, ge=32, le=65_536)


class ExplainSpec(UsesModel):
    """Explain every image of a split with every method."""

    kind: Literal["explain"]
    name: Name | None = None
    dataset: Name
    split: SplitSlice = "test"
    methods: tuple[Method, ...] = Field(default=("gradcam", "integrated_gradients"), min_length=1)
    target: Annotated[str, Field(pattern=r"^(predicted|true|top:\d+)$")] | Annotated[int, Field(ge=0)] = "predicted"
    ig: IntegratedGradients = IntegratedGradients()
    outputs: tuple[Output, ...] = ("overlay", "raw")
    metrics: tuple[Metric, ...] = ("completeness",)
    shard_size: int | None = Field(default=None, ge=1, le=100_000)
    max_failure_rate: float = Field(default=0.05, ge=0, le=1, allow_inf_nan=False)

    @field_validator("dataset")
    @classmethod
    def _dataset_known(cls, value: str) -> str:
        return refuse_store_dataset(value)

    @field_validator("methods", "outputs", "metrics")
    @classmethod
    def _unique(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(values)) != len(values):
            raise ValueError(f"{', '.join(values)} names something twice: name each once")
        return values

    @field_validator("metrics")
    @classmethod
    def _metrics_available(cls, values: tuple[Metric, ...]) -> tuple[Metric, ...]:
        later = [value for value in values if value != "completeness"]
        if later:
            raise ValueError(f"metrics {', '.join(later)}: {NOT_YET}; use ['completeness']")
        return values

    @field_validator("target")
    @classmethod
    def _target_available(cls, value: str | int) -> str | int:
        if isinstance(value, str) and value.startswith("top:"):
            raise ValueError(f"target {value!r} {NOT_YET}: use 'predicted', 'true' or a class index")
        return value
