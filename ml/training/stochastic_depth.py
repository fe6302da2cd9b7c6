"""Leaves out residual branches at random while training (Huang et al. 2016, Deep Networks with Stochastic Depth).

Branch l of L is left out with the probability rate · l / L (section 3, the linear rule), for each image by itself, and
is divided by the probability with which it stays, so that its expectation is the branch: after training the plain
network computes with the same weights.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from ml.errors import BadOption
from ml.models.residual_branches import ResidualBranch, residual_branches
from ml.training.learning_layers import learning_layers
from ml.training.options import FineTuneOptions

EACH_IMAGE = (None, 1, 1, 1)
_DRAWS = 2016
"""Keeps the draws apart from those of dropout."""


@dataclass(frozen=True)
class _Chance:
    branch: ResidualBranch
    rate: float


@dataclass(frozen=True, eq=False)
class StochasticDepth:
    """A network with the layers of another one that leaves out residual branches where it is called for training.

    Attributes:
        network: takes and returns what the other one does.
        gates: a layer for each branch that may be left out, in the order of the network.
    """

    network: Any
    gates: tuple[Any, ...]

    def reseed(self, *, seed: int, epoch: int) -> None:
        """Seed all draws for an epoch, counted from 1."""
        for position, gate in enumerate(self.gates):
            if gate.rate > 0:
                state = np.random.SeedSequence((seed, epoch, position, _DRAWS)).generate_state(2)
                gate.seed_generator.state.assign(state.astype(gate.seed_generator.state.dtype))


def check_stochastic_depth(network: keras.Model, options: FineTuneOptions) -> None:
    """Check that there are branches to leave out.

    Raises:
        BadOption: the layers that are trained have none.
    """
    if options.stochastic_depth and not _chances(network, options.stochastic_depth, options.layers):
        if residual_branches(network):
            why = f"with fine_tune.layers {options.layers} none is trained: train more layers, or leave it out"
        else:
            why = f"{network.name} has none: leave it out, or choose another backbone, such as ResNet50"
        raise BadOption(
            f"fine_tune.stochastic_depth {options.stochastic_depth:g} leaves out residual branches, but {why}",
            field="fine_tune.stochastic_depth",
        )


def stochastic_depth(network: keras.Model, learner: keras.Model, options: FineTuneOptions) -> StochasticDepth | None:
    """The learner with branches left out at random; None where the options leave the network as it is.

    Args:
        network: the whole network; the depth of a branch is that in all of it.
        learner: the network, or the upper part of it that is trained.
        options: of the fine-tuning.
    """
    if options.stochastic_depth is None:
        return None
    chances = _chances(network, options.stochastic_depth, options.layers)
    gates = {
        each.branch.addition: keras.layers.Dropout(
            each.rate, noise_shape=EACH_IMAGE, seed=position, name=f"gate_{position}"
        )
        for position, each in enumerate(chances)
    }
    places = {each.branch.addition: each.branch.place for each in chances}
    replaced = {branch.end for branch in residual_branches(network) if branch.ends_in_dropout}
    return StochasticDepth(_gated(learner, gates, places, replaced), tuple(gates.values()))


def _chances(network: keras.Model, rate: float, layers: int | str) -> tuple[_Chance, ...]:
    """The branches that are trained, each with its probability to be left out."""
    branches, learning = residual_branches(network), learning_layers(network, layers)
    rates = (rate * number / len(branches) for number in range(1, len(branches) + 1))
    return tuple(
        _Chance(branch, chance) for branch, chance in zip(branches, rates, strict=True) if branch.layers & learning
    )


def _gated(
    learner: keras.Model, gates: Mapping[str, Any], places: Mapping[str, int], replaced: Collection[str]
) -> keras.Model:
    """The same layers, called with a gate at the end of each branch; what the gates replace is not called."""

    def called(operation: Any, *inputs: Any, **options: Any) -> Any:
        if operation.name in replaced:
            return inputs[0]
        gate = gates.get(operation.name)
        if gate is None:
            return operation(*inputs, **options)
        is_layer = isinstance(operation, keras.layers.Layer)  # a layer takes a list, a plain addition two arguments
        added = list(inputs[0] if is_layer else inputs)
        place = places[operation.name]
        added[place] = gate(added[place])
        return operation(added) if is_layer else operation(*added, **options)

    return keras.models.clone_model(learner, clone_function=lambda operation: operation, call_function=called)
