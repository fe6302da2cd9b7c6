"""The options of a training, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from ml.data.picture_source import PictureSource
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.strengths import Augmentation
from ml.training.folds import Fold
from ml.training.progress import PhaseName

ALL_LAYERS = "all"


@dataclass(frozen=True)
class OptimizerOptions:
    """The optimiser and its learning rate schedule.

    Attributes:
        name: ``adam``, ``adamw`` or ``sgd`` (momentum 0.9, Nesterov).
        weight_decay: decoupled; not applied to biases and normalisations.
        schedule: after the warm-up, ``constant`` or a ``cosine`` down to 0.
        warmup_epochs: the learning rate first rises from 0 over this many epochs.
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: float = 1e-3
    weight_decay: float = 0.0
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_epochs: float = 0.0


@dataclass(frozen=True)
class FineTuneOptions(OptimizerOptions):
    """Training of the backbone's last ``layers``, or of ``all``, after the head.

    Attributes:
        learns_from: ``features``, the outputs of the layers below the trained ones for ``feature_views`` views of each
            image, computed once, if memory suffices; or ``images``, augmented anew in each epoch.
        crop_sizes: sides of the training views in pixels, each for an equal part of the epochs; empty: one size.
        dropout: of the pooled features; None: as in the head's training.
        distillation: share of the loss in which the moving average of the weights is the teacher.
        discriminative: each quarter of the trained layers, from the last to the first, is trained at this share of
            the rate of the one above it (Howard & Ruder 2018, section 3.2).
        average_last: of how many of the last epochs means of the weights are tried at most; without a validation split
            the mean of so many is published; 0: none.
        stochastic_depth: probability with which the last residual branch is left out in a step, in proportion less in
            earlier ones; None: as Keras builds the backbone.
    """

    epochs: int = 0
    layers: int | Literal["all"] = 0
    learns_from: Literal["features", "images"] = "features"
    discriminative: float = 1.0
    crop_sizes: tuple[int, ...] = ()
    dropout: float | None = None
    distillation: float = 0.0
    average_last: int = 0
    stochastic_depth: float | None = None

    def view_size(self, epoch: int, otherwise: int) -> int:
        """Side of the views in an epoch of the phase, counted from 1, in pixels."""
        if not self.crop_sizes:
            return otherwise
        part = (epoch - 1) * len(self.crop_sizes) // max(self.epochs, 1)
        return self.crop_sizes[min(part, len(self.crop_sizes) - 1)]


@dataclass(frozen=True)
class TrainingOptions:
    """What to train on, what to train, and how.

    Attributes:
        validation_split: None: the last epoch is published.
        test_split: None: do not test.
        weights: ``imagenet`` (the head is trained on a frozen backbone) or ``none`` (everything is trained).
        image_size: side of the model's input in pixels.
        crop_size: side of the training views in pixels; None: ``image_size``.
        feature_views: augmented or mixed views of each image whose features a frozen backbone computes.
        ema_decay: of the moving average of the weights, which is published; 0: the weights themselves.
        calibrate: divide the logits by a temperature that is fit on the validation images.
        patience: epochs that were no better, by validation accuracy or, where that is equal, by loss, and end a phase;
            0: never.
        precision: of training on images; ``auto`` measures which is fastest.
        devices: 1, or ``all`` of this machine's.
        seed: of initial weights, order, dropout, augmentation and mixing.
        data_dir: where TFDS keeps its data.
        weights_dir: folder that may hold published weight files.
        folder: the pictures of the data set, if the caller provides them.
        folds: into how many parts the training images are divided, for predictions by networks that did not learn from
            them; 0: none.
        fold: the part that this training does not learn from.
        stop_after: epochs after which a phase ends, by its name; the learning rate follows the schedule of them all.
        temperature: divides the logits where there is no validation split to fit one.
    """

    dataset: str
    train_split: str = "train"
    validation_split: str | None = "validation"
    test_split: str | None = "test"
    backbone: str = "MobileNetV2"
    weights: Literal["imagenet", "none"] = "imagenet"
    image_size: int = 224
    crop_size: int | None = None
    pipeline: Literal["baseline", "augmented"] = "baseline"
    augmentation: Augmentation = field(default_factory=Augmentation)
    mixing: Mixing = field(default_factory=Mixing)
    feature_views: int = 4
    epochs: int = 10
    batch_size: int = 32
    optimizer: OptimizerOptions = field(default_factory=OptimizerOptions)
    dropout: float = 0.2
    label_smoothing: float = 0.0
    class_weights: Literal["none", "balanced"] = "none"
    ema_decay: float = 0.0
    calibrate: bool = True
    patience: int = 0
    fine_tune: FineTuneOptions = field(default_factory=FineTuneOptions)
    precision: Literal["auto", "float32", "bfloat16"] = "float32"
    devices: Literal[1, "all"] = 1
    seed: int = 0
    data_dir: str | None = None
    weights_dir: str | None = None
    folder: PictureSource | None = None
    folds: int = 0
    fold: Fold | None = None
    stop_after: Mapping[str, int] = field(default_factory=dict)
    temperature: float | None = None

    @property
    def total_epochs(self) -> int:
        """Epochs of all phases."""
        return sum(epochs for _, epochs in self.phases)

    @property
    def phases(self) -> tuple[tuple[PhaseName, int], ...]:
        """The phases in order, each with the epochs that it takes at most."""
        planned: tuple[tuple[PhaseName, int], ...] = (("scratch", self.epochs),)
        if self.weights != "none":
            planned = (("head", self.epochs), ("fine_tune", self.fine_tune.epochs))
        return tuple((name, min(epochs, self.stop_after.get(name, epochs))) for name, epochs in planned)

    @property
    def view_size(self) -> int:
        """Side of the training views, in pixels."""
        return self.crop_size or self.image_size

    @property
    def varies(self) -> bool:
        """Whether training images are augmented or mixed."""
        return self.pipeline == "augmented" or not self.mixing.is_identity
