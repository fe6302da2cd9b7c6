"""Modules that load when something is first asked of them, so that tests are collected without TensorFlow."""

from __future__ import annotations

import sys
from collections.abc import Callable
from importlib.util import find_spec
from threading import RLock
from types import ModuleType

KERAS = "keras"
TENSORFLOW = (KERAS, "tensorflow", "tensorflow_datasets")
"""What takes seconds to import."""
_loading = RLock()
_before_loading: list[Callable[[str], None]] = []


class LaterModule(ModuleType):
    """Stands for a module under its name and turns into it.

    The standard library's LazyLoader loads a module as soon as a second file imports it.
    """

    def __getattr__(self, name: str) -> object:
        """Load the module when one of its attributes is first read."""
        if name.startswith("_") and name not in {"__path__", "__version__"}:
            raise AttributeError(name)  # pytest and Hypothesis look at every module in this way
        load(self)
        return getattr(self, name)


def import_later(name: str) -> None:
    """Let ``import name`` cost nothing until the module is used, unless it is there already."""
    spec = find_spec(name) if name not in sys.modules else None
    if spec is not None:
        later = LaterModule(name)
        later.__spec__, later.__file__ = spec, spec.origin
        sys.modules[name] = later


def call_before_loading(function: Callable[[str], None]) -> None:
    """Call it with the name of each module that is to load; what it raises, the user of the module gets."""
    _before_loading.append(function)


def load(module: ModuleType) -> None:
    """Make it the real module; one that is real, or being loaded, stays as it is.

    Keras comes first: TensorFlow looks for it before it can be imported, and would leave it half loaded.
    """
    with _loading:
        first = sys.modules.get(KERAS)
        if type(first) is LaterModule and module is not first:
            load(first)
        spec = module.__spec__
        if type(module) is not LaterModule or spec is None or spec.loader is None:
            return
        for function in _before_loading:
            function(spec.name)
        module.__class__ = ModuleType  # type: ignore[assignment]
        module.__loader__, module.__package__ = spec.loader, spec.name
        module.__path__ = spec.submodule_search_locations or []
        spec.loader.exec_module(module)


def load_tensorflow() -> None:
    """Load it now, in this thread: two threads that both were the first to use it could wait for each other."""
    for name in TENSORFLOW:
        if name in sys.modules:
            load(sys.modules[name])


def tensorflow_is_loaded() -> bool:
    """Whether anything in this process has used it."""
    return "tensorflow.python" in sys.modules
