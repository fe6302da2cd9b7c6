"""Defines the parts of a training specification about optimisation: optimiser, fine-tuning and early stopping."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from jobs.value import Value

LearningRate = Annotated[float, Field(gt=0, le=10, allow_inf_nan=False)]
ALL_LAYERS = "all"
MOST_AVERAGED = 20


class Optimizer(Value):
    """The optimiser and its learning rate schedule.

    Attributes:
        weight_decay: decoupled (Loshchilov & Hutter 2019); not applied to biases and normalisations.
        schedule: the learning rate after the warm-up: ``constant``, or a ``cosine`` down to 0.
        warmup_epochs: the learning rate first rises from 0 over this many epochs.
    """

    name: Literal["adam", "adamw", "sgd"] = "adam"
    learning_rate: LearningRate = 0.001
    weight_decay: float = Field(default=0, ge=0, le=1, allow_inf_nan=False)
    schedule: Literal["constant", "cosine"] = "constant"
    warmup_epochs: float = Field(default=0, ge=0, le=1000, allow_inf_nan=False)


class FineTune(Optimizer):
    """Training of a pretrained backbone's last layers, or of all, after the head; off with 0 epochs.

    Batch normalisation stays in inference mode.

    Attributes:
        layers: how many of the backbone's last layers are trained, or ``all``.
        learns_from: ``features``: the outputs of the layers below the first trained one are computed once, for
            ``feature_views`` views of each image; ``images``: images are augmented anew in each epoch and pass
            through all layers, which takes longer.
        crop_sizes: sides in pixels of the training views, each for an equal part of the epochs, one after the other:
            progressive resizing (Tan & Le 2021). Empty: ``crop_size`` all the time.
        dropout: of the pooled features while fine-tuning; null: as in the head's training.
        distillation: share of the loss in which the network learns what the moving average of its own weights says of
            the same augmented, mixed images (Tarvainen & Valpola 2017), and not their labels; needs ``ema_decay``.
        discriminative: each quarter of the trained layers, from the last to the first, is trained at this share of
            the rate of the one above it; 1 is a single rate.
        average_last: after the last epoch, the mean of the weights after the last 2, 3, ... and so many epochs is
            evaluated on the validation images, and the best of these means is published where it is better there than
            the best epoch. 0: no mean.
        stochastic_depth: probability with which the last residual branch is left out of a training step, for each image
            by itself; earlier ones are in proportion (Huang et al. 2016). The published network has all. null: as the
            backbone has it: EfficientNetV2 leaves out up to 0.2, the others nothing.
    """

    name: Literal["adam", "adamw", "sgd"] = "adamw"
    learning_rate: LearningRate = 1e-5
    schedule: Literal["constant", "cosine"] = "cosine"
    warmup_epochs: float = Field(default=1, ge=0, le=1000, allow_inf_nan=False)
    epochs: int = Field(default=0, ge=0, le=1000)
    layers: Literal["all"] | Annotated[int, Field(ge=0, le=10_000)] = 0
    learns_from: Literal["features", "images"] = "features"
    crop_sizes: tuple[Annotated[int, Field(ge=32, le=1024)], ...] = Field(default=(), max_length=10)
    dropout: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] | None = None
    distillation: float = Field(default=0, ge=0, lt=1, allow_inf_nan=False)
    discriminative: float = Field(default=1, gt=0, le=1, allow_inf_nan=False)
    average_last: int = Field(default=0, ge=0, le=MOST_AVERAGED)
    stochastic_depth: Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)] | None = None

    def shortened(self, share: float) -> FineTune:
        """The same with a share of its epochs, at least one, and of its warm-up; unchanged with 0 epochs.

        No more epochs are averaged than there are; none, if there is one. Of ``crop_sizes`` the last ones are kept, so
        that each has an epoch.
        """
        if not self.epochs:
            return self
        epochs = max(1, round(self.epochs * share))
        warmup = self.warmup_epochs * epochs / self.epochs
        averaged = min(self.average_last, epochs) if epochs > 1 else 0
        changes = {"epochs": epochs, "warmup_epochs": warmup, "average_last": averaged}
        return self.model_copy(update={**changes, "crop_sizes": self.crop_sizes[-epochs:]})

    @model_validator(mode="after")
    def _sizes_have_epochs(self) -> FineTune:
        if len(self.crop_sizes) > self.epochs > 0:
            raise ValueError(
                f"fine_tune.crop_sizes has {len(self.crop_sizes)} sizes, more than the {self.epochs} epochs: "
                "each size needs one"
            )
        if self.crop_sizes and self.layers != ALL_LAYERS and self.learns_from != "images":
            raise ValueError(
                "fine_tune.crop_sizes with features that are computed once, for one size: set learns_from to 'images', "
                "or layers to 'all'"
            )
        return self

    @model_validator(mode="after")
    def _something_learns(self) -> FineTune:
        if self.epochs and self.layers == 0:
            raise ValueError(
                f"fine_tune.layers is 0, so {self.epochs} epochs of fine-tuning would change nothing: "
                f"say how many of the backbone's last layers to train, or 'all'"
            )
        return self

    @model_validator(mode="after")
    def _there_are_epochs_to_average(self) -> FineTune:
        if self.average_last == 1:
            raise ValueError("fine_tune.average_last is 1, and the mean of one epoch is that epoch: 2 or more, or 0")
        if self.average_last and not self.epochs:
            raise ValueError(
                f"fine_tune.average_last is {self.average_last} without fine_tune.epochs: only epochs of fine-tuning "
                "are averaged. From scratch, batch normalisation learns, too, and its statistics do not hold for a mean"
            )
        if self.average_last > self.epochs:
            raise ValueError(
                f"fine_tune.average_last is {self.average_last}, more than the {self.epochs} epochs of fine-tuning: "
                "choose fewer, or more fine_tune.epochs"
            )
        return self

    @model_validator(mode="after")
    def _branches_are_trained(self) -> FineTune:
        if self.stochastic_depth and not self.epochs:
            raise ValueError(
                f"fine_tune.stochastic_depth is {self.stochastic_depth:g} without fine_tune.epochs: branches are left "
                "out while fine-tuning alone; set fine_tune.epochs, or leave it out"
            )
        return self


class EarlyStopping(Value):
    """End a phase after ``patience`` epochs that were no better, by accuracy or, where equal, loss; 0 never does."""

    patience: int = Field(default=0, ge=0, le=1000)
