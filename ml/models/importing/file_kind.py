"""Says what an uploaded file is, from its first bytes and the names in it, where it is no Keras model."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from pathlib import Path

HDF5_MAGIC = b"\x89HDF\r\n\x1a\n"
ZIP_MAGIC = b"PK\x03\x04"
_HEAD_BYTES = 4096

SAVE_AGAIN = "keras.models.load_model('model.keras').save('model.h5')"
"""What mends a file of another Keras: it is run with the Keras that wrote the file, and ``model.h5`` is sent."""

_FROM_KERAS = "send what model.save('model.keras') writes"
_SAVED_MODEL = (
    "a TensorFlow SavedModel, which carries a graph that is run as it is and no layers: load it with the Keras that "
    'wrote it and send the .h5: TF_USE_LEGACY_KERAS=1 python -c "import tf_keras; '
    "tf_keras.models.load_model('folder').save('model.h5')\""
)
_PYTORCH = (
    "a PyTorch file, which is not read: build the network with Keras' layers, copy the weights, and " + _FROM_KERAS
)
_ONNX = "an ONNX model, which is not read: " + _FROM_KERAS + " of the network it was made from"


_BY_MEMBER = {
    "saved_model.pb": _SAVED_MODEL,
    "data.pkl": _PYTORCH,
    "model.weights.h5": "an archive of weights without a model: load them into the model, and " + _FROM_KERAS,
    "model.json": "a TensorFlow.js model: " + _FROM_KERAS + " of the original",
}
_PICKLE = re.compile(rb"\x80[\x02-\x05]")
_BY_PATTERN: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"\x80[\x02-\x05](\x8a\nl\xfc\x9cF\xf9 j\xa8P|.*torch)", re.DOTALL), _PYTORCH),
    (_PICKLE, "a Python pickle, which runs code when it is read, and is not read: " + _FROM_KERAS),
    (re.compile(rb"\x08[\x01-\x20]\x12[\x01-\x40][\x20-\x7e]{3}"), _ONNX),
    (re.compile(rb"\x08\x01\x12"), _SAVED_MODEL),
    (
        re.compile(rb".{5}\0\0\0\{\"", re.DOTALL),
        "a safetensors file, which holds weights without a model: load them into the model, and " + _FROM_KERAS,
    ),
    (
        re.compile(rb"\x1f\x8b|.{257}ustar", re.DOTALL),
        "a tar or gzip archive: unpack it, and send the .keras or .h5 file in it",
    ),
    (re.compile(rb"(\xef\xbb\xbf)?\s*[\[{]"), "a JSON text, most likely a model without its weights: " + _FROM_KERAS),
)


def kind_of(path: Path) -> str | None:
    """What a file is that is neither a ZIP archive nor HDF5, and how to mend it; None where nothing is recognised."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        return "an empty file: send it again"
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return (
            "a Git LFS pointer, a text of a few lines in place of the model: run git lfs pull, and send the file again"
        )
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<!doctype html", b"<html")):
        return (
            "an HTML page, most likely that of a download or a login: open the address in a browser, and save the file"
        )
    if head[4:8] == b"TFL3":
        return "a TensorFlow Lite model, whose weights are for inference only: " + _FROM_KERAS + " of the original"
    return next((kind for pattern, kind in _BY_PATTERN if pattern.match(head)), None)


def kind_of_archive(names: Sequence[str]) -> str:
    """What a ZIP archive is that is no ``.keras`` file, and how to mend it."""
    last = {name.rsplit("/", 1)[-1] for name in names}
    model = next((name for name in names if name.endswith((".keras", ".h5")) and "weights." not in name), None)
    if model is not None:
        return f"a ZIP archive that holds {model[:100]!r}: unpack it, and send that file"
    if any(name.endswith(".onnx") for name in names):
        return _ONNX
    for member, kind in _BY_MEMBER.items():
        if member in last:
            return kind
    shown = ", ".join(sorted(names)[:3])[:200]
    return f"a ZIP archive of something else ({shown or 'nothing'}): {_FROM_KERAS}"


def is_archive(path: Path) -> bool:
    """Whether a file begins as a ZIP archive."""
    return _starts_with(path, ZIP_MAGIC) or zipfile.is_zipfile(path)


def is_hdf5(path: Path) -> bool:
    """Whether a file begins as HDF5."""
    return _starts_with(path, HDF5_MAGIC)


def _starts_with(path: Path, magic: bytes) -> bool:
    with path.open("rb") as file:
        return file.read(len(magic)) == magic
