"""What can go wrong between arrays, in this package's own words. Who calls decides what it means for a job."""

from __future__ import annotations


class MlError(Exception):
    """Anything that this package raises on purpose; the message says how to mend it."""


class UnknownName(MlError):
    """No such data set, split or backbone; the message lists what exists."""


class DatasetUnavailable(MlError):
    """The data set is neither on disk nor to be had from its publisher."""


class WeightsUnavailable(MlError):
    """The pretrained weights are neither on disk nor to be downloaded."""


class TrainingDiverged(MlError):
    """The loss is no longer a number."""


class BadImage(MlError):
    """These bytes are not an image that can be used."""


class BadOption(MlError):
    """What was asked for does not fit the network or the data.

    Attributes:
        field: dotted path of the option to mend, for example ``fine_tune.layers``.
    """

    def __init__(self, message: str, *, field: str) -> None:
        super().__init__(message)
        self.field = field


class UnreadableCheckpoint(MlError):
    """The file is not a checkpoint of this training."""


class UnusableModel(MlError):
    """This model file cannot be used, or not as asked.

    Attributes:
        about: what to mend: ``file``, ``preprocessing``, ``classes``, ``image_size`` or ``feature_layer``.
    """

    def __init__(self, message: str, *, about: str = "file") -> None:
        super().__init__(message)
        self.about = about
