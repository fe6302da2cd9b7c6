"""What can be asked of a training job."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from jobs.spec_values import NOT_YET, PRETRAINED, Backbone, Name, refuse_store_dataset
from jobs.value import Value


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
