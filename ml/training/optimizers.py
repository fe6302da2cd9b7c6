"""Builds optimisers with learning rate schedules, one per group of layers with its own rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import keras

from ml.errors import UnknownName
from ml.training.options import OptimizerOptions

NOT_DECAYED = ("bias", "beta", "gamma")
MOMENTUM = 0.9
QUARTERS = 4


@dataclass(frozen=True, eq=False)
class Group:
    """The variables of one optimiser; ``rate`` is its learning rate, a number or a schedule."""

    optimizer: Any
    variables: tuple[Any, ...]
    rate: Any

    def last_rate(self) -> float:
        """The learning rate of the last step."""
        steps = int(keras.ops.convert_to_numpy(self.optimizer.iterations))
        return float(self.rate(max(steps - 1, 0)) if callable(self.rate) else self.rate)


def schedule_of(options: OptimizerOptions, *, epochs: int, steps_per_epoch: int, factor: float = 1.0) -> Any:
    """The learning rate by step: a number where it is constant, else a Keras schedule.

    Args:
        options: rate, warm-up and the schedule after it.
        epochs: of the phase; a cosine ends at 0 with the last step.
        steps_per_epoch: batches of an epoch.
        factor: of the rate.
    """
    rate = options.learning_rate * factor
    warmup = round(options.warmup_epochs * steps_per_epoch)
    rest = max(epochs * steps_per_epoch - warmup, 1)
    schedules = keras.optimizers.schedules
    if options.schedule == "cosine":
        if not warmup:
            return schedules.CosineDecay(rate, rest)
        return schedules.CosineDecay(0.0, rest, warmup_target=rate, warmup_steps=warmup)
    return schedules.PolynomialDecay(0.0, warmup, end_learning_rate=rate) if warmup else rate


def optimizer_of(options: OptimizerOptions, learning_rate: Any) -> Any:
    """Make an optimiser with decoupled weight decay, except for biases and normalisations.

    Raises:
        UnknownName: no such optimiser.
    """
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}
    if options.name not in kinds:
        raise UnknownName(f"no optimizer {options.name!r}: there are {', '.join(kinds)}")
    extra = {"momentum": MOMENTUM, "nesterov": True} if options.name == "sgd" else {}
    none = (
        0.0 if options.name == "adamw" else None
    )  # AdamW needs a number; the others would multiply by 0 in every step
    optimizer = kinds[options.name](learning_rate, weight_decay=options.weight_decay or none, **extra)
    if options.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return optimizer


def groups_of(
    options: OptimizerOptions, parts: Sequence[tuple[Sequence[Any], float]], *, epochs: int, steps_per_epoch: int
) -> tuple[Group, ...]:
    """Make one optimiser per part; a part is some variables and a factor of the learning rate."""
    groups = []
    for variables, factor in parts:
        rate = schedule_of(options, epochs=epochs, steps_per_epoch=steps_per_epoch, factor=factor)
        optimizer = optimizer_of(options, rate)
        optimizer.build(list(variables))
        groups.append(Group(optimizer, tuple(variables), rate))
    return tuple(groups)


def quarters(layers: Sequence[Any], factor: float) -> list[tuple[list[Any], float]]:
    """The trainable layers' variables in quarters, the last first, at ``factor``, ``factor``², … of the head's rate.

    Fewer than four layers make a part each.
    """
    learning = [layer for layer in reversed(layers) if layer.trainable_variables]
    bounds = [round(len(learning) * quarter / QUARTERS) for quarter in range(QUARTERS + 1)]
    parts = list[tuple[list[Any], float]]()
    for low, high in pairwise(bounds):
        variables = [variable for layer in learning[low:high] for variable in layer.trainable_variables]
        if variables:
            parts.append((variables, factor ** (len(parts) + 1)))
    return parts
