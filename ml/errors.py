"""Exceptions of this package; the caller decides what they mean for a job."""

from __future__ import annotations


class MlError(Exception):
    """Base of all errors that this package raises on purpose; the message says how to fix the cause."""


class UnknownName(MlError):
    """No such data set, split or backbone; the message lists what exists."""


class DatasetUnavailable(MlError):
    """The data set is not on disk and could not be downloaded."""


class WeightsUnavailable(MlError):
    """The pretrained weights are not on disk and could not be downloaded."""


class TrainingDiverged(MlError):
    """The loss is no longer a number."""


class BadImage(MlError):
    """The bytes are not a usable image."""


class BadOption(MlError):
    """An option does not fit the network or the data.

    Attributes:
        field: dotted path of the option to correct, for example ``fine_tune.layers``.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnreadableCheckpoint(MlError):
    """The file is not a checkpoint of this training."""


class UnusableModel(MlError):
    """The model file cannot be used, or not with these options.

    Attributes:
        about: what to correct: ``file``, ``preprocessing``, ``classes``, ``image_size`` or ``feature_layer``.
    """

    def __init__(self, message: str, *, about: str = "file") -> None:
        super().__init__(message)
        self.about = about


class BrokenMethod(MlError):
    """A method that another package adds does not keep its contract; the message names it."""
