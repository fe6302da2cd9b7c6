"""Loads untrusted model files: checks them before anything is built, and runs no code of theirs.

A ``.keras`` file is a ZIP archive of ``config.json`` (what to build), ``metadata.json`` and ``model.weights.h5``.
Keras builds all classes that the configuration names; ``ml/models/importing/model_config.py`` checks them.
"""

from __future__ import annotations

import errno
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import keras

from ml.errors import UnusableModel
from ml.models.importing.model_config import check_config, without_compilation
from ml.models.importing.model_weights import deferred_variables, require_matching_size, stored_values

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MAX_CONFIG_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 4 * 2**30
"""Of all members together, and of all weights: several times the largest published image classifier."""

_HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
_LONGEST_REASON = 300
# Finds the cause in the error message of Keras, after several general lines.
_COMPLAINT = re.compile(
    r"Example error message for object <(?P<kind>\w+) name=(?P<name>[^,>]+).*?>:\s+(?P<why>.*?)"
    r"\s*(List of objects that could not be loaded:|\Z)",
    re.DOTALL,
)
_SHAPES = re.compile(r".*variable\.shape=(?P<expected>\(.*?\)), Received: value\.shape=(?P<found>\(.*?\))", re.DOTALL)
_WRITE_ANEW = "load it with Keras 3 and write it with model.save('model.keras')"


def load_untrusted(path: Path) -> keras.Model:
    """Read a model for inference from an untrusted file.

    Raises:
        UnusableModel: it is no Keras 3 file, is damaged, too large when unpacked, or names other than Keras' classes.
    """
    config = read_config(path)
    check_config(config)
    stored = _stored_values(path)
    with deferred_variables():
        model = _built(config)
        require_matching_size(model, stored)
    _load_weights(model, path)
    return model


def _built(config: dict[str, Any]) -> keras.Model:
    try:
        model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:  # for a manipulated configuration Keras may raise anything
        raise UnusableModel(f"Keras cannot build the model that {CONFIG} describes: {_reason(error)}") from error
    if not isinstance(model, keras.Model):
        raise UnusableModel(f"the file holds a {type(model).__name__}, not a model: save a keras.Model")
    if not model.built:
        raise UnusableModel("the model was saved before it had an input shape: add keras.Input(...), or call it once")
    return model


def read_config(path: Path) -> dict[str, Any]:
    """The configuration inside a ``.keras`` file, as plain JSON, without the parts that only training needs.

    Raises:
        UnusableModel: it is no Keras 3 file, or too large when unpacked.
    """
    with path.open("rb") as file:
        start = file.read(len(_HDF5_MAGIC))
    if start == _HDF5_MAGIC:
        raise UnusableModel(f"this is a legacy HDF5 model (.h5), which is not read: {_WRITE_ANEW}")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            text = archive.read(CONFIG)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnusableModel(
            f"this is no .keras file, or only the beginning of one ({_reason(error)}): send it again, or {_WRITE_ANEW}"
        ) from error
    return _parse(text)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        config = json.loads(text)
        if isinstance(config, dict):
            return without_compilation(config)
    except (ValueError, RecursionError) as error:
        raise UnusableModel(f"{CONFIG} in the file is not JSON: {_reason(error)}") from error
    raise UnusableModel(f"{CONFIG} in the file describes no model: {_WRITE_ANEW}")


def _check_members(archive: zipfile.ZipFile) -> None:
    """Accept only the members that Keras writes for an image classifier, each once and within the size limits."""
    members = archive.infolist()
    names = [member.filename for member in members]
    if len(set(names)) != len(names) or len(names) > 3:
        raise UnusableModel(f"the archive has {len(names)} members, expected {CONFIG}, {METADATA} and {WEIGHTS}")
    missing = {CONFIG, WEIGHTS} - set(names)
    if missing:
        raise UnusableModel(f"this ZIP archive is no .keras file: it has no {' and no '.join(sorted(missing))}")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnusableModel(
            f"the file unpacks to {unpacked >> 20} MiB, more than the {MAX_UNPACKED_BYTES >> 20} MiB that are allowed"
        )
    size = archive.getinfo(CONFIG).file_size
    if size > MAX_CONFIG_BYTES:
        raise UnusableModel(f"{CONFIG} has {size >> 20} MiB, more than the {MAX_CONFIG_BYTES >> 20} MiB allowed")


def _stored_values(path: Path) -> int:
    try:
        return stored_values(path, WEIGHTS, at_most_bytes=MAX_UNPACKED_BYTES)
    except UnusableModel:
        raise
    except Exception as error:  # zipfile and h5py raise many kinds of errors for damaged or manipulated files
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise  # this machine's disk is full: not the file's fault
        raise _unreadable(error) from error


def _load_weights(model: keras.Model, path: Path) -> None:
    try:
        model.load_weights(path)
    except Exception as error:  # so do Keras and h5py
        raise _unreadable(error) from error


def _unreadable(error: Exception) -> UnusableModel:
    return UnusableModel(f"the weights in the file cannot be read: {_of_layer(error) or _reason(error)}")


def _of_layer(error: Exception) -> str | None:
    """Which layer an error of Keras is about, and what it expected; None for any other error."""
    complaint = _COMPLAINT.search(str(error))
    if complaint is None:
        return None
    layer = f"layer {complaint['name'][:100]!r} ({complaint['kind']})"
    shapes = _SHAPES.match(complaint["why"])
    if shapes is None:
        return f"{layer}: {_flat(complaint['why'])}"
    return (
        f"{layer} has a weight of shape {shapes['expected']}, and the file holds one of {shapes['found']} for it: "
        "configuration and weights are of different models; save the model again"
    )


def _reason(error: BaseException) -> str:
    return _flat(str(error)) or type(error).__name__


def _flat(text: str) -> str:
    """All lines joined into one, cut off after a few hundred characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_REASON else f"{flat[:_LONGEST_REASON]}…"
