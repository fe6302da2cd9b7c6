"""A method that another package adds, as the explainer gets it: loaded, and with its options."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import tensorflow as tf

from ml.errors import BrokenMethod


@dataclass(frozen=True)
class AddedMethod:
    """Two of them are the same if name, package and settings are.

    Attributes:
        name: by which options ask for it.
        package: its name and version.
        settings: the options as JSON.
        of_layer: whether ``function`` is (features, gradients, options) → maps as ``ml.attribution.layer_methods.Maps``
            says, to be compiled into the forward pass; otherwise it is as ``ml.attribution.image_method`` says.
        function: what computes maps.
        options: what it is given as options.
    """

    name: str
    package: str
    settings: str
    of_layer: bool
    function: Callable[..., Any] = field(compare=False)
    options: Any = field(compare=False)

    def __str__(self) -> str:
        """The method and its package, for messages."""
        return f"method {self.name!r} of {self.package}"

    def layer_maps(self, features: Any, gradients: Any) -> Any:
        """Maps of M classes, as ``ml.attribution.layer_methods.Maps`` says.

        Raises:
            BrokenMethod: the function fails, or gives something else.
        """
        batch, height, width, _ = features.shape
        expected = (batch, gradients.shape[1], height, width)
        try:
            maps = tf.cast(tf.convert_to_tensor(self.function(features, gradients, self.options)), tf.float32)
        except (Exception, SystemExit) as error:
            raise BrokenMethod(f"{self} failed: {type(error).__name__}: {error}") from error
        if maps.shape != expected:
            raise BrokenMethod(f"{self} gave maps of shape {tuple(maps.shape)}: expected {expected}")
        return maps
