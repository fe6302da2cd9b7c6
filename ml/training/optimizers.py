"""Optimisers with a schedule, and one per group of layers where these learn at different rates."""

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
    """Variables that one optimiser moves; ``rate`` is its learning rate, a number or a schedule."""

    optimizer: Any
    variables: tuple[Any, ...]
    rate: Any

    def last_rate(self) -> float:
        """The learning rate of the last step."""
        steps = int(keras.ops.convert_to_numpy(self.optimizer.iterations))
        return float(self.rate(max(steps - 1, 0)) if callable(self.rate) else self.rate)


def schedule_of(options: OptimizerOptions, *, epochs: int, steps_per_epoch: int, factor: float = 1.0) -> Any:
    """The learning rate by step: a number where it never changes, else a Keras schedule.

    Args:
        options: rate, warm-up and what follows it.
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
    """Make an optimiser whose weight decay is decoupled and spares biases and normalisations.

    Raises:
        UnknownName: no such optimiser.
    """
    kinds = {"adam": keras.optimizers.Adam, "adamw": keras.optimizers.AdamW, "sgd": keras.optimizers.SGD}
    if options.name not in kinds:
        raise UnknownName(f"no optimizer {options.name!r}: there are {', '.join(kinds)}")
    extra = {"momentum": MOMENTUM, "nesterov": True} if options.name == "sgd" else {}
    none = 0.0 if options.name == "adamw" else None  # AdamW wants a number, to the others 0 is one to multiply by
    optimizer = kinds[options.name](learning_rate, weight_decay=options.weight_decay or none, **extra)
    if options.weight_decay:
        optimizer.exclude_from_weight_decay(var_names=list(NOT_DECAYED))
    return optimizer


def groups_of(
    options: OptimizerOptions, parts: Sequence[tuple[Sequence[Any], float]], *, epochs: int, steps_per_epoch: int
) -> tuple[Group, ...]:
    """One optimiser for each part, that is for some variables and their factor of the learning rate."""
    groups = []
    for variables, factor in parts:
        rate = schedule_of(options, epochs=epochs, steps_per_epoch=steps_per_epoch, factor=factor)
        optimizer = optimizer_of(options, rate)
        optimizer.build(list(variables))
        groups.append(Group(optimizer, tuple(variables), rate))
    return tuple(groups)


def quarters(layers: Sequence[Any], factor: float) -> list[tuple[list[Any], float]]:
    """The learning layers' variables in quarters, the last quarter first, each at ``factor`` of the one before."""
    learning = [layer for layer in reversed(layers) if layer.trainable_variables]
    bounds = [round(len(learning) * quarter / QUARTERS) for quarter in range(QUARTERS + 1)]
    parts = []
    for quarter, (low, high) in enumerate(pairwise(bounds), start=1):
        variables = [variable for layer in learning[low:high] for variable in layer.trainable_variables]
        if variables:
            parts.append((variables, factor**quarter))
    return parts
