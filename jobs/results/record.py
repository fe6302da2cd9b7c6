"""What is known of one image after it was explained, or why it was not."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import Field

from jobs.models.artifact import Artifact
from jobs.value import Value

NO_NUMBERS = "the model's output for this image is not a number"
"""Why an image ends as an error whose logits are not all finite."""


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
    """What one explanation method found for one image.

    Attributes:
        rank: place of its class among those explained, from 1; more than one only for the target ``top:k``.
        target: the class that the map speaks for.
        target_logit: its logit.
        overlay: the picture, if it was asked for.
        raw_row: row of this image in the shard's raw maps, if they were asked for.
        layer: layer whose activations were weighted (GradCAM).
        baseline: name of the reference image (Integrated Gradients).
        precision: of the model's arithmetic; records from before it was told are all of ``float32``.
        flags: for example ``empty_cam``, ``unconverged``, ``non_finite``.
        values: measured numbers by their name in ``jobs.results.measure.MEASURES``; null where not finite.
    """

    method: str
    rank: int = 1
    target: int | None = None
    target_logit: float | None = None
    overlay: Artifact | None = None
    raw_row: int | None = None
    layer: str | None = None
    baseline: str | None = None
    precision: Literal["float32", "bfloat16"] = "float32"
    flags: tuple[str, ...] = ()
    values: dict[str, float | None] = Field(default_factory=dict)

    @property
    def name(self) -> str:
        """Unique within the image: the method, and for classes beyond the first ``<method>:<class>``."""
        return self.method if self.rank == 1 else f"{self.method}:{self.target}"


class ImageRecord(Value):
    """One image of the explained split; ``error`` says why it has no explanation."""

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

    @property
    def outcome(self) -> Outcome:
        """How this image ended."""
        if self.error is not None:
            return Outcome.ERROR
        if self.label is None:
            return Outcome.EXPLAINED
        return Outcome.CORRECT if self.prediction == self.label else Outcome.WRONG

    def method(self, name: str) -> MethodRecord | None:
        """The map of this name, or None; a method's own name is that of its map of the first class."""
        return next((record for record in self.methods if record.name == name), None)
