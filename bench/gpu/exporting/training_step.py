"""The step of a training from images, with its optimiser: all layers learn.

Dropout is left out, because XLA draws other numbers from the same seed than TensorFlow does without it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from bench.gpu.exporting.explanations import Computation
from bench.gpu.exporting.lowered import captured_variables
from bench.gpu.program import MOMENT, Array, Precision
from ml.data.batches import LabelledArrays
from ml.training.image_phase import ImagePhase, Splits
from ml.training.learning_step import LearningBatch
from ml.training.options import TrainingOptions
from ml.training.precision import Arithmetic

Images = npt.NDArray[np.uint8]
CLASSES = 102


class NoBatches:
    """Stands where a training has its images: the step that is exported is given others."""

    def batches(self, order: Any, batch_size: int, **_: Any) -> Any:
        """None.

        Raises:
            ValueError: always.
        """
        raise ValueError(f"{len(order)} images in batches of {batch_size}: there are none")


@dataclass(eq=False)
class TrainingSteps:
    """The first step of a training with initial weights, in each precision.

    Attributes:
        backbone: such as ``MobileNetV2``.
        images: (n, S, S, 3) uint8.
    """

    backbone: str
    images: Images

    def step(self, precision: Precision) -> Computation:
        """The step, and the loss and first moments that TensorFlow finds on this machine, in float32."""
        return Computation(self._compute(bfloat16=precision == "bfloat16"), self._arguments, self._reference)

    def _compute(self, *, bfloat16: bool) -> Callable[[Any, Any], Any]:
        phase = self._phase(bfloat16=bfloat16)

        def compute(images: Any, labels: Any) -> Any:
            ones = tf.ones(labels.shape)
            return phase.take_step(LearningBatch(images, labels, labels, ones, ones, ones / labels.shape[0]))

        return compute

    def _phase(self, *, bfloat16: bool) -> ImagePhase:
        count, side = len(self.images), self.images.shape[1]
        options = TrainingOptions(
            dataset="exported", backbone=self.backbone, weights="none", image_size=side, batch_size=count, dropout=0.0
        )
        splits = Splits(NoBatches(), LabelledArrays(self.images, np.zeros(count, np.int32)), count)
        arithmetic = Arithmetic(bfloat16=bfloat16)
        return ImagePhase(options, "scratch", splits, num_classes=CLASSES, start=None, arithmetic=arithmetic)

    @property
    def _arguments(self) -> tuple[Array, ...]:
        return self.images.astype(np.float32), np.arange(len(self.images), dtype=np.int32) % CLASSES

    @cached_property
    def _reference(self) -> dict[str, Array]:
        """The loss, and by position the variables in which the optimiser keeps a fixed share of the gradients."""
        arguments = self._arguments
        signature = [tf.TensorSpec(each.shape, each.dtype) for each in arguments]
        function = tf.function(self._compute(bfloat16=False), input_signature=signature, autograph=False)
        concrete = function.get_concrete_function()
        loss, _ = np.asarray(function(*arguments))
        captured = enumerate(captured_variables(concrete), start=len(arguments))
        moments = {f"{MOMENT}{at}": each.numpy() for at, each in captured if each.name.endswith("_momentum:0")}
        return {"loss": loss} | moments
