"""Loads the methods that other packages add; where one cannot run, its job fails and says which and why."""

from __future__ import annotations

import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from jobs.errors import InvalidSpec
from jobs.specs.explain_spec import ExplainSpec
from jobs.specs.installed_methods import installed_methods
from jobs.specs.method_options import options_of
from ml.attribution.added_method import AddedMethod
from ml.errors import BrokenMethod


def added_methods(spec: ExplainSpec, *, worker: str) -> tuple[AddedMethod, ...]:
    """Those that a job asks for, with its options.

    Raises:
        InvalidSpec: one is not installed on this worker, takes no such options, or cannot be loaded.
    """
    spec.check_methods(where=f"on worker {worker}")
    return tuple(_added(name, spec) for name in spec.methods if name in installed_methods().packages)


def _added(name: str, spec: ExplainSpec) -> AddedMethod:
    found = installed_methods()
    method, package = found.usable[name], found.packages[name]
    options = options_of(name, spec.method_options.get(name, {}))
    return AddedMethod(
        name=name,
        package=package,
        settings="" if options is None else options.model_dump_json(),
        of_layer=method.of_layer,
        function=_function(method.function, f"method {name!r} of {package}"),
        options=options,
    )


def _function(reference: str, named: str) -> Callable[..., Any]:
    """The function at ``module:function``."""
    try:
        function = pkgutil.resolve_name(reference)
    except (Exception, SystemExit) as error:
        message = f"{named} cannot be loaded from {reference}: {type(error).__name__}: {error}"
        raise InvalidSpec(message, field="methods") from error
    if not callable(function):
        raise InvalidSpec(f"{named} cannot be loaded: {reference} is no function", field="methods")
    return function  # type: ignore[no-any-return]


@contextmanager
def broken_methods_named() -> Iterator[None]:
    """A method that does not keep its contract fails the job, with the reason: so it would for every image."""
    try:
        yield
    except BrokenMethod as error:
        raise InvalidSpec(str(error), field="methods") from error
