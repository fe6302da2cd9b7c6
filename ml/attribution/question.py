"""Says which classes of an image are mapped, and against which others, before its logits are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ml.attribution.explanation import TOP_CLASSES, TRUE, ExplainOptions
from ml.attribution.forward_pass import class_of_rank
from ml.attribution.scores import NO_FOIL
from ml.data.image_size import ImageSize, height_and_width
from ml.errors import MlError


@dataclass(frozen=True, eq=False)
class Question:
    """One image to explain.

    Attributes:
        image: (S, S, 3) uint8 raw RGB.
        label: its true class, or None where it is not known.
        foil: the class to hold the target against; None: as the score says.
    """

    image: npt.NDArray[np.uint8]
    label: int | None
    foil: int | None = None


@dataclass(frozen=True)
class Questioner:
    """What is asked of every image, for a model of this ``image_size`` and so many ``classes``."""

    options: ExplainOptions
    image_size: ImageSize
    classes: int

    @property
    def slots(self) -> int:
        """M, how many classes are mapped of each image."""
        return 2 + self._ranks + 1

    def asked(self, question: Question) -> tuple[list[int], list[int]]:
        """M classes, as ranks where not yet known, and what to hold them against.

        The classes are the target, the true class, the likeliest ones, and the prediction, to be held against the true
        class.

        Raises:
            MlError: the image has another size, or the target or the score needs a label that is missing.
        """
        shape, target, label = (*height_and_width(self.image_size), 3), self.options.target, self.known(question.label)
        if question.image.shape != shape:
            raise MlError(f"image {question.image.shape}: expected {shape}")
        if target == TRUE and label is None:
            raise MlError(
                f"target 'true' needs a label from 0 to {self.classes - 1}, and an image has {question.label}"
            )
        true = class_of_rank(0) if label is None else label
        first = true if target == TRUE else target if isinstance(target, int) else class_of_rank(0)
        mapped = [first, true, *(class_of_rank(rank) for rank in range(self._ranks))]
        foil = self.options.score.foil_of(label) if question.foil is None else question.foil
        return [*mapped, class_of_rank(0)], [foil] * len(mapped) + [NO_FOIL if label is None else label]

    def known(self, label: int | None) -> int | None:
        """The label if it is a class of the model."""
        return label if label is not None and 0 <= label < self.classes else None

    @property
    def _ranks(self) -> int:
        return max(TOP_CLASSES, self.options.top)
