"""What a user can ask for: one frozen model per kind, told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, field_validator, model_validator

from jobs.value import Value

BACKBONES = ("ResNet50", "ResNet50V2", "MobileNetV2", "EfficientNetV2B0", "SmallCNN")
PRETRAINED = BACKBONES[:4]
NOT_YET = "is not available yet"

Backbone = Literal["ResNet50", "ResNet50V2", "MobileNetV2", "EfficientNetV2B0", "SmallCNN"]
Method = Literal["gradcam", "integrated_gradients"]
Metric = Literal["completeness", "deletion", "insertion", "localization", "randomization"]
Output = Literal["overlay", "raw"]
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ._:/+\-]*$")]
JOB_REFERENCE = "job:"


class Splits(Value):
    """The parts of the data set to train on, to choose by, and to report on."""

    train: Name = "train"
    validation: Name = "validation"
    test: Name = "test"


class Optimizer(Value):
    """How the weights move."""

    name: Literal["adam"] = "adam"
    learning_rate: float = Field(default=0.001, gt=0, le=10, allow_inf_nan=False)


class FineTune(Value):
    """Training of the backbone's last layers after the head; off by default."""

    epochs: int = Field(default=0, ge=0, le=1000)
    layers: int = Field(default=0, ge=0, le=10_000)
    learning_rate: float = Field(default=1e-5, gt=0, le=10, allow_inf_nan=False)

    @field_validator("epochs", "layers")
    @classmethod
    def _off(cls, value: int) -> int:
        if value:
            raise ValueError(f"fine-tuning {NOT_YET}: use 0")
        return value


class TrainSpec(Value):
    """Train a classifier: frozen or fresh backbone, pooled features, one dense layer."""

    kind: Literal["train"]
    name: Name | None = None
    dataset: Name
    splits: Splits = Splits()
    backbone: Backbone = "ResNet50"
    weights: Literal["imagenet", "none"] = "imagenet"
    image_size: int = Field(default=224, ge=32, le=1024)
    pipeline: Literal["baseline", "augmented"] = "baseline"
    mixing: Literal["none", "mixup", "cutmix", "both"] = "none"
    epochs: int = Field(default=10, ge=1, le=1000)
    batch_size: int = Field(default=32, ge=1, le=1024)
    optimizer: Optimizer = Optimizer()
    fine_tune: FineTune = FineTune()
    seed: int = Field(default=0, ge=0, lt=2**31)

    @field_validator("mixing")
    @classmethod
    def _mixing_off(cls, value: str) -> str:
        if value != "none":
            raise ValueError(f"mixing {value!r} {NOT_YET}: use 'none'")
        return value

    @field_validator("dataset")
    @classmethod
    def _dataset_known(cls, value: str) -> str:
        return refuse_store_dataset(value)

    @model_validator(mode="after")
    def _weights_fit(self) -> TrainSpec:
        if self.weights == "imagenet" and self.backbone not in PRETRAINED:
            raise ValueError(
                f"weights 'imagenet' do not exist for backbone {self.backbone!r}: use weights 'none', "
                f"or one of {', '.join(PRETRAINED)}"
            )
        return self


class IntegratedGradients(Value):
    """How Integrated Gradients integrates, and when it has converged."""

    baseline: Literal["black", "white", "mean", "blur"] = "black"
    tolerance: float = Field(default=0.05, gt=0, lt=1, allow_inf_nan=False)
    max_evaluations: int = Field(default=512, ge=32, le=65_536)


class ExplainSpec(Value):
    """Explain every image of a split with every method."""

    kind: Literal["explain"]
    name: Name | None = None
    model: Name
    dataset: Name
    split: Annotated[str, Field(pattern=r"^[A-Za-z0-9_]+(\[\d*:\d*\])?$", max_length=100)] = "test"
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

    @property
    def training_job_id(self) -> str | None:
        """The training job whose model is waited for, if the model is named so."""
        return self.model.removeprefix(JOB_REFERENCE) if self.model.startswith(JOB_REFERENCE) else None


def refuse_store_dataset(dataset: str) -> str:
    """Folders in the object store are named ``store:<prefix>``; they cannot be read yet."""
    if dataset.startswith("store:"):
        raise ValueError(f"data set {dataset!r}: image folders in the object store: {NOT_YET}")
    return dataset


Spec = Annotated[TrainSpec | ExplainSpec, Field(discriminator="kind")]
KINDS = ("train", "explain")
spec_adapter: TypeAdapter[TrainSpec | ExplainSpec] = TypeAdapter(Spec)
