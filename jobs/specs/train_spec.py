"""Defines the specification of a training job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from jobs.errors import InvalidSpec
from jobs.specs.job_spec import Example, JobSpec
from jobs.specs.needs import Needs, SplitOfDataset
from jobs.specs.optimizer_spec import EarlyStopping, FineTune, Optimizer
from jobs.specs.pipeline_spec import Augmentation, AugmentationOrPolicy, Mixing, MixingOrName, Share
from jobs.specs.spec_values import (
    PRETRAINED,
    WITHOUT_BRANCHES,
    Backbone,
    DatasetName,
    JobReference,
    LabelName,
    Name,
    job_of,
)
from jobs.specs.train_splits import Splits


def _in_words(devices: object) -> object:
    """1, as specifications had it before, is ``one``."""
    return "one" if devices == 1 and not isinstance(devices, bool) else devices


MOST_FOLDS = 20
FOLD_STEP = "fold-"
"""What the names of steps begin with that train without a part of the training images; a number follows."""
# What a refit may have of its own: its name, whom it tells, its images, and what no number depends on.
_OWN = {
    "name",
    "notify",
    "splits",
    "refit_of",
    "folds",
    "keep_checkpoints",
    "calibrate",
    "early_stopping",
    "precision",
    "devices",
}
Devices = Annotated[Literal["one", "all"], BeforeValidator(_in_words)]


class TrainSpec(JobSpec):
    """Train a classifier: first a head of pooling and one dense layer, then, with ``fine_tune``, the backbone too.

    The epoch with the best validation accuracy is tested and published, or a mean of the last ones (``average_last``).

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
        refit_of: a training with the same settings and a validation split, whose epochs are repeated on more images:
            each phase ends after the epoch that was best there, and nothing is chosen anew.
        folds: divide the training images into so many parts, and train once more without each, for predictions of all
            training images by networks that did not learn from them: ``out_of_sample.parquet``. 0: do not.
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
    refit_of: JobReference | None = None
    folds: int = Field(default=0, ge=0, le=MOST_FOLDS)
    keep_checkpoints: int = Field(default=2, ge=1, le=100)
    seed: int = Field(default=0, ge=0, lt=2**31)

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return self.epochs + self.fine_tune.epochs

    def needs(self) -> Needs:
        """The data set and its splits, and the training that is repeated."""
        splits = {f"splits.{role}": SplitOfDataset(self.dataset, split) for role, split in self.splits if split}
        results = {"refit_of": self.refit_job_id} if self.refit_job_id is not None else {}
        return Needs(datasets={"dataset": self.dataset}, splits=splits, results=results)

    @property
    def refit_job_id(self) -> str | None:
        """The job whose training is repeated on more images."""
        return job_of(self.refit_of) if self.refit_of else None

    @property
    def awaited(self) -> tuple[str, ...]:
        """The training that is repeated."""
        return (self.refit_job_id,) if self.refit_job_id else ()

    def check_results(self, jobs: Mapping[str, JobSpec]) -> None:
        """What is repeated must be a training with a validation split, and be the same but for its images.

        Raises:
            InvalidSpec: it is not; names ``refit_of`` or the field that differs.
        """
        earlier = jobs.get("refit_of")
        if earlier is not None:
            check_refit(self, earlier)

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
    def _branches_exist(self) -> TrainSpec:
        rate = self.fine_tune.stochastic_depth
        if rate and self.backbone in WITHOUT_BRANCHES:
            raise ValueError(
                f"fine_tune.stochastic_depth is {rate:g}, which leaves out residual branches, but {self.backbone} has "
                "none: leave it out, or choose another backbone, such as ResNet50"
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
    def _teacher_exists(self) -> TrainSpec:
        if self.fine_tune.distillation and not self.ema_decay:
            raise ValueError(
                f"fine_tune.distillation is {self.fine_tune.distillation:g}, but ema_decay is 0, so there is no moving "
                "average to learn from: set ema_decay, for example to 0.997"
            )
        return self

    @model_validator(mode="after")
    def _epochs_are_chosen_once(self) -> TrainSpec:
        if self.splits.validation is None and self.refit_of is None:
            raise ValueError(
                "splits.validation is null, so no epoch can be chosen: name in refit_of a training that had one, whose "
                "epochs are repeated"
            )
        if self.splits.validation is not None and self.refit_of is not None:
            raise ValueError(
                f"refit_of takes the epochs of {self.refit_of}, so nothing is chosen on splits.validation "
                f"{self.splits.validation!r}: set it to null"
            )
        if self.folds == 1:
            raise ValueError("folds is 1, which leaves nothing to learn from: 2 or more, or 0 for none")
        return self

    @model_validator(mode="after")
    def _crops_are_drawn(self) -> TrainSpec:
        if self.crop_size is not None and self.pipeline == "baseline":
            raise ValueError(
                f"crop_size {self.crop_size} with pipeline 'baseline', which crops nothing: "
                "use pipeline 'augmented', or leave crop_size out"
            )
        if self.fine_tune.crop_sizes and self.pipeline == "baseline":
            raise ValueError(
                "fine_tune.crop_sizes with pipeline 'baseline', which crops nothing: use pipeline 'augmented', or "
                "leave crop_sizes out"
            )
        return self


def check_refit(spec: TrainSpec, earlier: JobSpec) -> None:
    """Check that a training can be repeated on other images.

    Raises:
        InvalidSpec: the earlier job is no training, had no validation split, or has other settings.
    """
    if not isinstance(earlier, TrainSpec) or earlier.splits.validation is None:
        kind = "has no validation split itself" if isinstance(earlier, TrainSpec) else f"is a {earlier.kind_name()}"
        raise InvalidSpec(
            f"refit_of: {spec.refit_of} {kind}, so no epoch was chosen there: name a training with a validation split",
            field="refit_of",
        )
    for field in TrainSpec.model_fields:
        if field in _OWN:
            continue
        if getattr(spec, field) != getattr(earlier, field):
            raise InvalidSpec(
                f"{field} is not that of {spec.refit_of}, whose epochs are repeated and hold for its settings alone: "
                f"take {getattr(earlier, field)!r}",
                field=field,
            )
