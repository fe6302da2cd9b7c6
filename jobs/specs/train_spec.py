"""Defines the specification of a training job."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs, SplitOfDataset
from jobs.specs.optimizer_spec import EarlyStopping, FineTune, Optimizer
from jobs.specs.pipeline_spec import Augmentation, AugmentationOrPolicy, Mixing, MixingOrName, Share
from jobs.specs.spec_values import PRETRAINED, Backbone, DatasetName, LabelName, Name, SplitSlice
from jobs.value import Value


def _in_words(devices: object) -> object:
    """1, as specifications had it before, is ``one``."""
    return "one" if devices == 1 and not isinstance(devices, bool) else devices


Devices = Annotated[Literal["one", "all"], BeforeValidator(_in_words)]


class Splits(Value):
    """The splits for training, for validation and for the test; without ``test`` nothing is tested.

    Each is the name of a split, or a slice of one: ``train[0:800]``.
    """

    train: SplitSlice = "train"
    validation: SplitSlice = "validation"
    test: SplitSlice | None = "test"


class TrainSpec(JobSpec):
    """Train a classifier: first a head of pooling and one dense layer, then, with ``fine_tune``, the backbone too.

    The epoch with the best validation accuracy is tested and published.

    Attributes:
        image_size: side in pixels of the images that the model takes.
        crop_size: side of the training views, where it is not ``image_size``: smaller is faster, and compensates for
            objects that appear larger in random crops (Touvron et al. 2019).
        feature_views: with a frozen backbone, for how many augmented or mixed views of each image features are
            computed and stored.
        label_smoothing: share of each label that is spread over all classes.
        ema_decay: the model is an exponential moving average of its weights, with this decay per step; 0 is off.
        calibrate: divide the logits by a temperature, so that the model's confidence on the validation images matches
            its accuracy; predictions do not change.
        class_weights: ``balanced`` gives all classes the same total weight.
        precision: ``auto`` measures whether bfloat16 is faster, where the whole network is trained.
        devices: ``one``, or ``all`` of the worker's devices at once; 1 is read as ``one``.
        keep_checkpoints: how many of the latest checkpoints are kept; the best is kept too.
    """

    example = Example(
        "Train a small network on the built-in flowers",
        {
            "kind": "train",
            "dataset": "synthetic_flowers",
            "backbone": "SmallCNN",
            "weights": "none",
            "image_size": 64,
            "pipeline": "augmented",
            "epochs": 8,
            "batch_size": 32,
            "optimizer": {"name": "adam", "learning_rate": 0.001},
            "seed": 0,
        },
    )
    queue = "train"
    makes_model = True
    leaves_when_paused = True
    waiting_step = "sweep"

    kind: Literal["train"]
    name: Name | None = None
    dataset: DatasetName
    label: LabelName = None
    splits: Splits = Splits()
    backbone: Backbone = "ResNet50"
    weights: Literal["imagenet", "none"] = "imagenet"
    image_size: int = Field(default=224, ge=32, le=1024)
    crop_size: int | None = Field(default=None, ge=32, le=1024)
    pipeline: Literal["baseline", "augmented"] = "baseline"
    augmentation: AugmentationOrPolicy = Augmentation()
    mixing: MixingOrName = Mixing()
    feature_views: int = Field(default=4, ge=1, le=100)
    epochs: int = Field(default=10, ge=1, le=1000)
    batch_size: int = Field(default=32, ge=1, le=1024)
    optimizer: Optimizer = Optimizer()
    dropout: float = Field(default=0.2, ge=0, lt=1, allow_inf_nan=False)
    label_smoothing: float = Field(default=0, ge=0, lt=1, allow_inf_nan=False)
    class_weights: Literal["none", "balanced"] = "none"
    ema_decay: Share = Field(default=0, lt=1)
    calibrate: bool = True
    early_stopping: EarlyStopping = EarlyStopping()
    fine_tune: FineTune = FineTune()
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    devices: Devices = "one"
    keep_checkpoints: int = Field(default=2, ge=1, le=100)
    seed: int = Field(default=0, ge=0, lt=2**31)

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return self.epochs + self.fine_tune.epochs

    def needs(self) -> Needs:
        """The data set and its splits."""
        splits = {f"splits.{role}": SplitOfDataset(self.dataset, split) for role, split in self.splits if split}
        return Needs(datasets={"dataset": self.dataset}, splits=splits)

    def shortened(self, epochs: int) -> TrainSpec:
        """The same training with this many epochs of the head; warm-ups and fine-tuning are shortened in proportion."""
        warmup = self.optimizer.warmup_epochs * epochs / self.epochs
        optimizer = self.optimizer.model_copy(update={"warmup_epochs": warmup})
        changes = {
            "epochs": epochs,
            "optimizer": optimizer,
            "fine_tune": self.fine_tune.shortened(epochs / self.epochs),
        }
        return self.model_copy(update=changes)

    @model_validator(mode="after")
    def _weights_fit(self) -> TrainSpec:
        if self.weights == "imagenet" and self.backbone not in PRETRAINED:
            raise ValueError(
                f"weights 'imagenet' do not exist for backbone {self.backbone!r}: use weights 'none', "
                f"or one of {', '.join(PRETRAINED)}"
            )
        if self.weights == "none" and self.fine_tune.epochs:
            raise ValueError(
                "fine_tune.epochs with weights 'none': from scratch everything learns all the time, use epochs alone"
            )
        return self

    @model_validator(mode="after")
    def _nothing_is_ignored(self) -> TrainSpec:
        if self.pipeline == "baseline" and self.augmentation != Augmentation():
            raise ValueError(
                "augmentation with pipeline 'baseline', which varies nothing: use pipeline 'augmented', or leave "
                "augmentation out"
            )
        for field, warmup, epochs in (
            ("optimizer.warmup_epochs", self.optimizer.warmup_epochs, self.epochs),
            ("fine_tune.warmup_epochs", self.fine_tune.warmup_epochs, self.fine_tune.epochs),
        ):
            if epochs and warmup > epochs:
                raise ValueError(f"{field} is {warmup:g}, longer than the {epochs} epochs: it would never end")
        return self

    @model_validator(mode="after")
    def _crops_are_drawn(self) -> TrainSpec:
        if self.crop_size is not None and self.pipeline == "baseline":
            raise ValueError(
                f"crop_size {self.crop_size} with pipeline 'baseline', which crops nothing: "
                "use pipeline 'augmented', or leave crop_size out"
            )
        return self
