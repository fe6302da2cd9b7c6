"""Says what a map explains: the score of a class, whose gradient is taken.

Softmax ignores whatever is added to all logits, but the gradient of a single logit does not. So the logit of a class is
compared: with the mean of all logits, with all of them as the softmax weighs them, or with one other class, the foil
(Wang & Wang 2022, "Why Not Other Classes? Towards Class-Contrastive Back-Propagation Explanations", section 3: mean,
weighted and max contrast). Only the score ``logit`` is not compared with anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import tensorflow as tf

from ml.errors import MlError

Kind = Literal["centred", "logit", "log_probability", "against"]
SECOND, TRUE = "second", "true"
_AGAINST: Kind = "against"
_WITHOUT_FOIL: dict[str, Kind] = {"centred": "centred", "logit": "logit", "log_probability": "log_probability"}

NO_FOIL = -1
"""In place of a foil: the score has none."""
LIKELIEST_OTHER = -2
"""Asks for the likeliest class besides the one that is explained, before the logits are known."""


@dataclass(frozen=True)
class Score:
    """A function of the logits z of an image and of a class c.

    Attributes:
        kind: ``centred`` z_c − mean(z), ``logit`` z_c, ``log_probability`` z_c − log Σ exp(z), or ``against`` another
            class, z_c − z_foil.
        foil: of ``against``: ``second`` (the likeliest class besides c), ``true``, or the index of a class.
    """

    kind: Kind = "centred"
    foil: str | int | None = None

    @classmethod
    def parse(cls, text: str) -> Score:
        """The score of this name: ``centred``, ``logit``, ``log_probability`` or ``against:<second, true or index>``.

        Raises:
            MlError: there is no such score.
        """
        kind, colon, foil = text.partition(":")
        if kind in _WITHOUT_FOIL and not colon:
            return cls(_WITHOUT_FOIL[kind])
        if kind == _AGAINST and foil in {SECOND, TRUE}:
            return cls(_AGAINST, foil)
        if kind == _AGAINST and foil.isascii() and foil.isdigit():
            return cls(_AGAINST, int(foil))
        raise MlError(
            f"score {text!r}: use 'centred', 'logit', 'log_probability', 'against:second', 'against:true' or "
            "'against:<class index>'"
        )

    def __str__(self) -> str:
        """The name that ``parse`` reads."""
        return self.kind if self.foil is None else f"{self.kind}:{self.foil}"

    def foil_of(self, label: int | None) -> int:
        """The class that an image is to be explained against, ``NO_FOIL`` or ``LIKELIEST_OTHER``.

        Args:
            label: the true class of the image, or None where it is not known.

        Raises:
            MlError: the foil is the true class, and it is not known.
        """
        if self.foil is None:
            return NO_FOIL
        if isinstance(self.foil, int):
            return self.foil
        if self.foil == SECOND:
            return LIKELIEST_OTHER
        if label is None:
            raise MlError("score 'against:true' needs images with labels, and an image has none")
        return label

    def values(self, logits: Any, classes: Any, foils: Any) -> Any:
        """The score of one class for each image.

        Args:
            logits: (B, K) float32 tensor.
            classes: (B,) int32 tensor.
            foils: (B,) int32 tensor, ``NO_FOIL`` where the score is not that of a class against another.

        Returns:
            (B,) float32.
        """
        foil = tf.gather(logits, tf.maximum(foils, 0), axis=1, batch_dims=1)
        compared = tf.where(foils < 0, self._reference(logits), foil)
        return tf.gather(logits, classes, axis=1, batch_dims=1) - compared

    def contrasts(self, logits: Any, classes: Any, foils: Any) -> Any:
        """The gradients of the scores of several classes by the logits.

        Args:
            logits: (B, K) float32 tensor.
            classes: (B, M) int32 tensor.
            foils: (B, M) int32 tensor; as in ``values``.

        Returns:
            (B, M, K) float32; all but those of ``logit`` sum to zero over the K logits.
        """
        count = logits.shape[-1]
        weights = self._reference_gradient(logits)[:, None]
        return tf.one_hot(classes, count) - tf.where(foils[..., None] < 0, weights, tf.one_hot(foils, count))

    def _reference(self, logits: Any) -> Any:
        """What a logit is compared with where there is no foil, (B,)."""
        if self.kind == "centred":
            return tf.reduce_mean(logits, axis=1)
        if self.kind == "log_probability":
            return tf.reduce_logsumexp(logits, axis=1)
        return tf.zeros_like(logits[:, 0])

    def _reference_gradient(self, logits: Any) -> Any:
        """The gradient of ``_reference`` by the logits, (B, K)."""
        if self.kind == "centred":
            return tf.ones_like(logits) / float(logits.shape[-1])
        return tf.nn.softmax(logits) if self.kind == "log_probability" else tf.zeros_like(logits)


CENTRED = Score()
AGAINST_TRUE = Score("against", TRUE)


def resolved_foils(asked: Any, classes: Any, logits: Any) -> Any:
    """The foils of several classes, once the logits are known.

    A class cannot be held against itself: it is held against the likeliest other class instead.

    Args:
        asked: (B, M) int32 tensor of classes, ``NO_FOIL`` or ``LIKELIEST_OTHER``.
        classes: (B, M) int32 tensor.
        logits: (B, K) float32 tensor.

    Returns:
        (B, M) int32, classes or ``NO_FOIL``.
    """
    likeliest = tf.math.top_k(logits, min(2, logits.shape[-1])).indices
    other = tf.where(classes == likeliest[:, :1], likeliest[:, -1:], likeliest[:, :1])
    return tf.where((asked == LIKELIEST_OTHER) | (asked == classes), other, asked)
