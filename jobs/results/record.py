"""Records the result of one image: its prediction and maps, or its error."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, Self

from pydantic import Field

from jobs import keys
from jobs.models.artifact import Artifact
from jobs.specs.scores import LOGIT
from jobs.value import Value

NO_NUMBERS = "the model's output for this image is not a number"
"""The error of an image whose logits are not all finite."""


class Outcome(StrEnum):
    """How an image ended. ``explained`` is an image without a true label."""

    CORRECT = "correct"
    WRONG = "wrong"
    EXPLAINED = "explained"
    ERROR = "error"


class ClassScore(Value):
    """One class, its softmax probability and its logit."""

    label: int
    probability: float
    logit: float | None = None


class MethodRecord(Value):
    """One map of one image.

    Attributes:
        rank: place of its class among those explained, from 1; greater than 1 only for the target ``top:k``.
        target: the class that the map explains.
        target_logit: its logit.
        score: what the map explains of that class, as a specification names it; older records without it are all
            ``logit``.
        foil: the class that it is held against; null where it is held against none, or all.
        contrast: whether this is the map of a wrong prediction against the true class, that comes beside those asked
            for; its rank is 1.
        overlay: the picture, if it is among the outputs.
        raw_row: row of this image in the shard's raw maps, if they are among the outputs.
        layer: layer whose activations were weighted (GradCAM).
        baseline: name of the baseline image (Integrated Gradients).
        precision: of the model's arithmetic; older records without it are all ``float32``.
        flags: for example ``empty_cam``, ``unconverged``, ``non_finite``.
        harder: which tolerance of Integrated Gradients was reached last, or was further from being reached: that of
            the ``map`` or that of the ``sum``; None in older records.
        values: measured numbers by their name in ``jobs.results.measure.MEASURES``; null where not finite.
    """

    method: str
    rank: int = 1
    target: int | None = None
    target_logit: float | None = None
    score: str = LOGIT
    foil: int | None = None
    contrast: bool = False
    overlay: Artifact | None = None
    raw_row: int | None = None
    layer: str | None = None
    baseline: str | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    flags: tuple[str, ...] = ()
    harder: Literal["map", "sum"] | None = None
    values: dict[str, float | None] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """Unique within the image: the method, ``<method>:<class>`` for further classes, or ``<method>:contrast``."""
        if self.contrast:
            return f"{self.method}:contrast"
        return self.method if self.rank == 1 else f"{self.method}:{self.target}"

    def within(self, prefix: str) -> Self:
        """The same, without a picture whose key does not begin so."""
        if self.overlay is None or self.overlay.key.startswith(prefix):
            return self
        return self.model_copy(update={"overlay": None})


class ImageRecord(Value):
    """The result of one image of a split; ``error`` says why it failed, ``unreadable`` that it could not be read."""

    image_id: str
    index: int
    label: int | None = None
    prediction: int | None = None
    confidence: float | None = None
    top: tuple[ClassScore, ...] = ()
    target: int | None = None
    target_logit: float | None = None
    methods: tuple[MethodRecord, ...] = ()
    error: str | None = None
    unreadable: bool = False

    @classmethod
    def of_job(cls, job_id: str, data: bytes) -> Self:
        """Read a record from the tables of a job.

        These may be imported, and name whatever somebody likes: what lies outside of the job is not there.

        Raises:
            Corrupt: the bytes are no record.
        """
        record = cls.decode(data)
        return record.model_copy(update={"methods": tuple(each.within(keys.job(job_id)) for each in record.methods)})

    @property
    def outcome(self) -> Outcome:
        """How this image ended."""
        if self.error is not None:
            return Outcome.ERROR
        if self.label is None:
            return Outcome.EXPLAINED
        return Outcome.CORRECT if self.prediction == self.label else Outcome.WRONG

    def method(self, name: str) -> MethodRecord | None:
        """The map of this name, or None; the name of a method alone means its map of the first class."""
        return next((record for record in self.methods if record.name == name), None)
