"""Checks that a model file's configuration names only Keras' own classes, and none that run code or read files.

It is checked before Keras' own ``safe_mode``, which refuses what is known to be dangerous; this check accepts only
what is known to be a layer, an operation or an option of one.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import keras

from ml.errors import UnusableModel
from ml.models.importing.legacy_operations import OPERATIONS

PLAIN = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__bytes__", "__ellipsis__", "__slice__", "__tuple__"}
)
"""Plain values, not classes; ``__lambda__`` and ``__typespec__`` are left out on purpose."""

# Layers that run code of the file or of other frameworks, or read other files.
_REFUSED = (
    "Lambda",
    "TFSMLayer",
    "TorchModuleWrapper",
    "JaxLayer",
    "FlaxLayer",
    "StringLookup",
    "IntegerLookup",
    "TextVectorization",
)
_MODULES_OF_BARE_NAMES = (
    "keras.layers",
    "keras.models",
    "keras.src.models",
    "keras.initializers",
    "keras.regularizers",
    "keras.constraints",
)
# Names that the configurations of quantised weights share.
_QUANTISED = ("Quantiz", "quantiz")


def check_config(config: dict[str, Any]) -> None:
    """Accept a configuration if it names only Keras' own classes.

    Raises:
        UnusableModel: it names a Lambda, a custom object, or anything else that could run code.
    """
    for part in _parts(config):
        _check_part(part)


def without_compilation(config: dict[str, Any]) -> dict[str, Any]:
    """The configuration without optimisers, losses and metrics at any depth; inference does not need them."""
    return dict(_without_compilation(config))


def _without_compilation(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_compilation(inner) for key, inner in value.items() if key != "compile_config"}
    if isinstance(value, list):
        return [_without_compilation(inner) for inner in value]
    return value


def _parts(config: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every object in the configuration that names a class, at any depth."""
    waiting: list[Any] = [config]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if "class_name" in value:
                yield value
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _check_part(part: dict[str, Any]) -> None:
    name, module = part["class_name"], part.get("module")
    if not isinstance(name, str):
        raise UnusableModel(f"{_place(part)} is of class {_full_name(part)}, which is no name: the file is damaged")
    if name in PLAIN:
        return
    if name in {"Lambda", "__lambda__"}:
        raise UnusableModel(
            f"{_place(part)} is a Lambda, which carries code: models with code in them are not loaded. Put a layer "
            "of Keras' own in its place (Rescaling, Normalization, Activation, ...) and save the model again"
        )
    if name in OPERATIONS:
        raise UnusableModel(
            f"{_place(part)} is the operation tf.{_function(part)} of TensorFlow ({name}), for which no layer "
            "of Keras computes the same: put a layer of Keras' own in its place (Rescaling, Reshape, Activation, ...) "
            "and save the model again"
        )
    if name == "function":
        raise UnusableModel(
            f"{_place(part)} is the Python function {part.get('config')!r}: only Keras' own layers and operations "
            "are loaded. Put one of them in its place and save the model again"
        )
    if any(word in name for word in _QUANTISED):
        raise UnusableModel(
            f"{_place(part)} has quantised weights ({_full_name(part)}), which have no gradients: send the model as it "
            "was before quantize()"
        )
    found = class_of(name, module)
    if found is None or not issubclass(found, _let_through()) or issubclass(found, _refused()):
        raise UnusableModel(
            f"{_place(part)} is of class {_full_name(part)}, which is not loaded: custom objects, and layers that "
            "read other files or run other code, are refused. Rebuild the model with Keras' own layers only "
            f"(this is Keras {keras.version()}) and save it again"
        )


def class_of(name: str, module: Any) -> type | None:
    """The class of this name in a Keras module that is already loaded; the file cannot cause an import."""
    if module is None:
        places: tuple[str, ...] = _MODULES_OF_BARE_NAMES
    elif isinstance(module, str) and (module == "keras" or module.startswith("keras.")):
        places = (module,)
    else:
        return None
    candidates = (getattr(sys.modules.get(place), name, None) for place in places)
    return next((found for found in candidates if isinstance(found, type)), None)


def _let_through() -> tuple[type, ...]:
    return (
        keras.Operation,
        keras.initializers.Initializer,
        keras.regularizers.Regularizer,
        keras.constraints.Constraint,
        keras.dtype_policies.DTypePolicy,
        keras.dtype_policies.DTypePolicyMap,
    )


def _refused() -> tuple[type, ...]:
    return tuple(getattr(keras.layers, name) for name in _REFUSED if hasattr(keras.layers, name))


def _place(part: dict[str, Any]) -> str:
    config = part.get("config")
    name = part.get("name") or (config.get("name") if isinstance(config, dict) else None)
    return f"layer {str(name)[:100]!r}" if name else "a part of the model"


def _function(part: dict[str, Any]) -> str:
    config = part.get("config")
    return str(config.get("function") if isinstance(config, dict) else None)[:100]


def _full_name(part: dict[str, Any]) -> str:
    module = part.get("module") or part.get("registered_name") or "?"
    return f"{module}.{part['class_name']}"[:200]
