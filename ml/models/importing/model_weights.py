"""Measures the weights in an untrusted model file before anything is read or built.

A few bytes of HDF5 can claim any number of values: compressed, never written, or kept in another file. And a few bytes
of configuration can describe a model of any size, although its weights must be in the same file.
"""

from __future__ import annotations

import math
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import h5py  # type: ignore[import-untyped]  # comes with Keras, which writes its weights with it
import keras

from ml.errors import UnusableModel

MAX_UNMATCHED_VALUES = 2**24
"""How far the counts of model and file may differ; Keras then loads the file and says which layer does not match."""

_OF_TRAINING = frozenset({"optimizer", "optimizer_weights"})
_NUMBERS = "fiub"


def stored_values(path: Path, member: str, *, at_most_bytes: int) -> int:
    """How many values a member of a ``.keras`` file holds for the model, without those of an optimiser.

    Raises:
        UnusableModel: it holds other things than plain numbers, claims more bytes than it holds, or is too large.
        OSError: it is not HDF5; h5py and zipfile raise other errors for damaged files.
    """
    with tempfile.TemporaryFile() as unpacked:
        with zipfile.ZipFile(path) as archive, archive.open(member) as packed:
            shutil.copyfileobj(packed, unpacked)
        with h5py.File(unpacked, "r") as file:
            return measured(file, at_most_bytes=at_most_bytes)


def measured(file: Any, *, at_most_bytes: int) -> int:
    """How many values an open HDF5 file holds for the model, without those of an optimiser.

    Raises:
        UnusableModel: it holds other things than plain numbers, claims more bytes than it holds, or is too large.
    """
    _require_own_place(file)
    datasets = _datasets(file)
    for name, dataset in datasets.items():
        _require_stored(name, dataset)
    total = sum(dataset.nbytes for dataset in datasets.values())
    if total > at_most_bytes:
        raise UnusableModel(
            f"the weights in the file take {total >> 20} MiB, more than the {at_most_bytes >> 20} MiB allowed"
        )
    return sum(each.size for name, each in datasets.items() if not _OF_TRAINING & set(name.split("/")))


@contextmanager
def deferred_variables() -> Iterator[None]:
    """Models built inside have shapes, but no memory for weights; it is allocated at the end if no error occurred."""
    try:
        with keras.StatelessScope(initialize_variables=False):
            yield
    except BaseException:
        # Otherwise the next model that is built would allocate them.
        keras.src.backend.common.global_state.set_global_attribute("uninitialized_variables", [])
        raise
    with keras.StatelessScope():
        pass  # leaving this scope allocates all deferred variables


def require_matching_size(model: keras.Model, stored: int) -> None:
    """Require that a model has about as many weights as the file holds.

    Args:
        model: built, with or without memory.
        stored: the result of ``stored_values``.

    Raises:
        UnusableModel: it has far more or far fewer.
    """
    built = sum(math.prod(weight.shape) for weight in model.weights)
    if abs(built - stored) > MAX_UNMATCHED_VALUES:
        raise UnusableModel(
            f"the file describes a model of {built:,} weights and holds {stored:,}: they do not belong together; "
            "save the model again with model.save('model.keras')"
        )


def _datasets(file: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def note(name: str, each: Any) -> None:
        if isinstance(each, h5py.Dataset):
            found[name] = each

    file.visititems(note)
    return found


def _require_own_place(file: Any) -> None:
    elsewhere = file.visititems_links(lambda name, link: None if isinstance(link, h5py.HardLink) else name)
    if elsewhere is not None:
        raise UnusableModel(
            f"the weights in the file cannot be read: {elsewhere[:100]!r} points at another file or place instead of "
            "holding values; save the model again with model.save('model.keras')"
        )


def _require_stored(name: str, dataset: Any) -> None:
    if dataset.shape is None or dataset.dtype.kind not in _NUMBERS:
        raise UnusableModel(f"the weights in the file cannot be read: {name[:100]!r} holds no numbers")
    held = dataset.id.get_storage_size()
    if held < dataset.nbytes or dataset.external or dataset.is_virtual:
        raise UnusableModel(
            f"the weights in the file cannot be read: {name[:100]!r} claims {dataset.nbytes:,} bytes and holds "
            f"{held:,}, but Keras writes all of them, uncompressed: save the model again with model.save('model.keras')"
        )
