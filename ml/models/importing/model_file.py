"""Loads untrusted model files: checks them before anything is built, and runs no code of theirs.

A ``.keras`` file is a ZIP archive of ``config.json`` (what to build), ``metadata.json`` and ``model.weights.h5``; an
``.h5`` file holds the same in HDF5 (``ml/models/importing/legacy_file.py``). What a file is shows in its first bytes,
whatever its name. Keras builds all classes that the configuration names; ``ml/models/importing/model_config.py``
checks them.
"""

from __future__ import annotations

import errno
import json
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # comes with Keras
import keras

from ml.errors import UnusableModel
from ml.models.importing import legacy_file
from ml.models.importing.file_kind import SAVE_AGAIN, is_archive, is_hdf5, kind_of, kind_of_archive
from ml.models.importing.legacy_config import modern_config
from ml.models.importing.model_config import check_config, without_compilation
from ml.models.importing.model_weights import deferred_variables, measured, require_matching_size, stored_values

CONFIG, METADATA, WEIGHTS = "config.json", "metadata.json", "model.weights.h5"
MAX_CONFIG_BYTES = 64 * 2**20
MAX_UNPACKED_BYTES = 4 * 2**30
"""Of all members together, and of all weights: several times the largest published image classifier."""

_LONGEST_REASON = 300
# Finds the cause in the error message of Keras, after several general lines.
_COMPLAINT = re.compile(
    r"Example error message for object <(?P<kind>\w+) name=(?P<name>[^,>]+).*?>:\s+(?P<why>.*?)"
    r"\s*(List of objects that could not be loaded:|\Z)",
    re.DOTALL,
)
_SHAPES = re.compile(r".*variable\.shape=(?P<expected>\(.*?\)), Received: value\.shape=(?P<found>\(.*?\))", re.DOTALL)
# Keras wraps errors in errors: the first cause stands last, before the arguments of the call.
_INNERMOST = re.compile(r".*(?:Exception encountered: |when calling [\w.]+\(\)\.)(?P<why>.+)", re.DOTALL)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_WRITE_ANEW = "load it with Keras 3 and write it with model.save('model.keras')"


def load_untrusted(path: Path) -> keras.Model:
    """Read a model for inference from an untrusted file, ``.keras`` or ``.h5``.

    Raises:
        UnusableModel: it is no file of Keras', is damaged, too large when unpacked, or names other than Keras' classes.
    """
    if is_hdf5(path):
        return _from_hdf5(path)
    config = read_config(path)
    with _version_told(_version(path)):
        check_config(config)
        stored = _stored_values(path)
        with deferred_variables():
            model = _built(config)
            require_matching_size(model, stored)
        _load_weights(model, path)
    return model


def _from_hdf5(path: Path) -> keras.Model:
    try:
        with h5py.File(path, "r") as file:
            stored = measured(file, at_most_bytes=MAX_UNPACKED_BYTES)
            with _version_told(legacy_file.version_of(file)):
                return _of_measured(file, stored)
    except UnusableModel:
        raise
    except Exception as error:  # h5py raises many kinds of errors for damaged or manipulated files
        raise UnusableModel(
            f"this HDF5 file is damaged, or only the beginning of one ({reason(error)}): send it again"
        ) from error


def _of_measured(file: Any, stored: int) -> keras.Model:
    config = modern_config(without_compilation(legacy_file.config_of(file, at_most_bytes=MAX_CONFIG_BYTES)))
    check_config(config)
    with deferred_variables():
        model = _built(config, legacy=True)
        require_matching_size(model, stored)
    legacy_file.load_weights(model, file)
    return model


@contextmanager
def _version_told(version: str | None) -> Iterator[None]:
    """Add to errors inside which version of Keras wrote the file, where it is another one."""
    try:
        yield
    except UnusableModel as error:
        if version is None or version == keras.version():
            raise
        told = f"{error} (Keras {version} wrote the file; this is Keras {keras.version()})"
        raise UnusableModel(told, about=error.about) from error


def _version(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(archive.read(METADATA))["keras_version"])[:40]
    except Exception:  # noqa: BLE001  (it is only told, and zipfile raises many kinds of errors)
        return None


def _built(config: dict[str, Any], *, legacy: bool = False) -> keras.Model:
    try:
        model = _of_old_form(config) if legacy else keras.saving.deserialize_keras_object(config, safe_mode=True)
    except Exception as error:  # for a manipulated configuration Keras may raise anything
        anew = "build the model anew without the layer or argument named here"
        again = anew if legacy else f"run {SAVE_AGAIN} with the Keras that wrote the file, and send model.h5; or {anew}"
        raise UnusableModel(
            f"Keras cannot build the model that the file describes: {reason(error)}. To mend it, {again}"
        ) from error
    if not isinstance(model, keras.Model):
        raise UnusableModel(f"the file holds a {type(model).__name__}, not a model: save a keras.Model")
    if not model.built:
        raise UnusableModel("the model was saved before it had an input shape: add keras.Input(...), or call it once")
    return model


def _of_old_form(config: dict[str, Any]) -> Any:
    """Build from a configuration without modules, as HDF5 files hold it."""
    with keras.src.saving.serialization_lib.SafeModeScope(True):
        return keras.src.legacy.saving.saving_utils.model_from_config(config)


def read_config(path: Path) -> dict[str, Any]:
    """The configuration inside a ``.keras`` file, as plain JSON, without the parts that only training needs.

    Raises:
        UnusableModel: it is no Keras 3 file, or too large when unpacked.
    """
    if not is_archive(path):
        kind = kind_of(path)
        if kind is not None:
            raise UnusableModel(f"this is {kind}")
    try:
        with zipfile.ZipFile(path) as archive:
            _check_members(archive)
            text = archive.read(CONFIG)
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise UnusableModel(
            f"this is no .keras file, or only the beginning of one ({reason(error)}): send it again, or {_WRITE_ANEW}"
        ) from error
    return _parse(text)


def _parse(text: bytes) -> dict[str, Any]:
    try:
        config = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnusableModel(f"{CONFIG} in the file is not JSON: {reason(error)}") from error
    if not isinstance(config, dict):
        raise UnusableModel(f"{CONFIG} in the file describes no model: {_WRITE_ANEW}")
    try:
        return dict(modern_config(without_compilation(config)))
    except Exception as error:  # a manipulated configuration may hold anything anywhere
        raise UnusableModel(f"{CONFIG} in the file describes no model ({reason(error)}): {_WRITE_ANEW}") from error


def _check_members(archive: zipfile.ZipFile) -> None:
    """Accept only the members that Keras writes for an image classifier, each once and within the size limits."""
    members = archive.infolist()
    names = [member.filename for member in members]
    missing = {CONFIG, WEIGHTS} - set(names)
    if missing:
        raise UnusableModel(f"this is {kind_of_archive(names)} (it has no {' and no '.join(sorted(missing))})")
    if len(set(names)) != len(names) or len(names) > 3:
        raise UnusableModel(f"the archive has {len(names)} members, expected {CONFIG}, {METADATA} and {WEIGHTS}")
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED_BYTES:
        raise UnusableModel(
            f"the file unpacks to {unpacked >> 20} MiB, more than the {MAX_UNPACKED_BYTES >> 20} MiB that are allowed"
        )
    for member in members:
        if member.filename in {CONFIG, METADATA} and member.file_size > MAX_CONFIG_BYTES:
            size = f"{member.file_size >> 20} MiB, more than the {MAX_CONFIG_BYTES >> 20} MiB allowed"
            raise UnusableModel(f"{member.filename} has {size}")


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
    return UnusableModel(f"the weights in the file cannot be read: {_of_layer(error) or reason(error)}")


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


def reason(error: BaseException) -> str:
    """The first cause in an error of Keras, in one line without colours."""
    text = _COLOURS.sub("", str(error))
    innermost = _INNERMOST.match(text)
    why = innermost["why"].split("Arguments received by")[0] if innermost else text
    return _flat(why) or type(error).__name__


def _flat(text: str) -> str:
    """All lines joined into one, cut off after a few hundred characters."""
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST_REASON else f"{flat[:_LONGEST_REASON]}…"
