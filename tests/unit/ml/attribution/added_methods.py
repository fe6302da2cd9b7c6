"""A method of another package, as a function of a test, and what it explains."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ml.attribution.added_method import AddedMethod
from ml.attribution.explainer import Explainer, ExplainOptions
from ml.attribution.image_method import ImageMap, MapRequest
from tests.unit.ml.small_networks import IMAGES, LABELS, network


def added(function: Callable[..., Any], *, options: object = None, of_layer: bool = False) -> AddedMethod:
    return AddedMethod("mine", "package 1.0", "", of_layer, function, options)


def explain(function: Callable[..., Any], *, check: Callable[[], None] = lambda: None, **changes: Any) -> list[Any]:
    method = added(function, options=changes.pop("given", None), of_layer=changes.pop("of_layer", False))
    if not changes and method.options is None and not method.of_layer:
        running.append(function)
        return shared_explainer().explain(IMAGES, LABELS, check=check)
    return Explainer(network(), options_of(method, **changes)).explain(IMAGES, LABELS, check=check)


def options_of(method: AddedMethod, **changes: Any) -> ExplainOptions:
    return ExplainOptions("features", added=(method,), **{"methods": ("mine",), "batch_size": 2, **changes})


running: list[Callable[..., Any]] = []


def run_the_last(request: MapRequest) -> Any:
    return running[-1](request)


@cache
def shared_explainer() -> Explainer:
    """Compiled once; its method is the function that was added last to ``running``."""
    return Explainer(network(), options_of(added(run_the_last)))


def gradient_times_input(request: MapRequest) -> ImageMap:
    return ImageMap((request.gradients(request.image[None])[0] * request.image).sum(axis=-1))
