"""Finds the stored picture of an image in a data set that TFDS has prepared on this machine."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

from api.readers.photographs.record_file import byte_features, record

_INFO, _FEATURES = "dataset_info.json", "features.json"
_TFRECORD = "tfrecord"
_NAME, _IMAGE = "file_name", "image"
_PLACES = "{SHARD_X_OF_Y}"


@dataclass(frozen=True)
class PreparedSplit:
    """The files of one split, how many records each holds, and which feature is the picture."""

    files: tuple[Path, ...]
    lengths: tuple[int, ...]
    image: str
    named: bool


def tfds_picture(folder: Path, dataset: str, split: str, *, index: int, image_id: str) -> bytes | None:
    """The bytes of the picture file; None where the data set is not here, is stored otherwise, or is another one.

    Args:
        folder: where TFDS keeps its data.
        dataset: as a specification names it: ``name``, ``name/config``, either with ``:version``.
        split: its name, without a slice.
        index: of the image in the split.
        image_id: which the record has to have, as far as it tells one.
    """
    try:
        found = _prepared(folder, dataset, split)
        return None if found is None else _picture(found, split, index=index, image_id=image_id)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def has_picture(folder: Path, dataset: str, split: str) -> bool:
    """Whether pictures of this split can be read here."""
    try:
        return _prepared(folder, dataset, split) is not None
    except (OSError, ValueError, KeyError, TypeError):
        return False


def _picture(found: PreparedSplit, split: str, *, index: int, image_id: str) -> bytes | None:
    ends = list(accumulate(found.lengths))
    number = next((number for number, end in enumerate(ends) if index < end), None)
    if number is None:
        return None
    features = byte_features(record(found.files[number], index - (ends[number] - found.lengths[number])))
    name = features.get(_NAME, b"").decode(errors="replace") if found.named else f"{split}-{index:07d}"
    same = image_id == name or image_id.startswith(f"{name}-")
    return features.get(found.image) if same else None


def _prepared(folder: Path, dataset: str, split: str) -> PreparedSplit | None:
    name, _, version = dataset.partition(":")
    parts = name.split("/")
    if any(part in {"", ".", ".."} for part in (*parts, version or "newest")) or "/" in version:
        return None
    versions = sorted(folder.joinpath(*parts).glob(f"*/{_INFO}"), key=lambda path: _numbers(path.parent.name))
    chosen = [path for path in versions if not version or path.parent.name == version]
    return _read(chosen[-1], split, chosen[-1].stat().st_mtime_ns) if chosen else None


@lru_cache(64)
def _read(path: Path, split: str, changed_ns: int) -> PreparedSplit | None:
    del changed_ns
    info = json.loads(path.read_text(encoding="utf-8"))
    features = json.loads(path.with_name(_FEATURES).read_text(encoding="utf-8"))["featuresDict"]["features"]
    image = _image(features)
    described = next((each for each in info["splits"] if each["name"] == split), None)
    if image is None or described is None or info.get("fileFormat", _TFRECORD) != _TFRECORD:
        return None
    lengths = tuple(int(length) for length in described["shardLengths"])
    template = described.get("filepathTemplate", "{DATASET}-{SPLIT}.{FILEFORMAT}-{SHARD_X_OF_Y}")
    named = template.format(
        DATASET=info["name"], SPLIT=split, FILEFORMAT=_TFRECORD, SHARD_X_OF_Y=_PLACES
    )  # the places are filled in file by file
    names = [named.replace(_PLACES, f"{place:05d}-of-{len(lengths):05d}") for place in range(len(lengths))]
    return PreparedSplit(tuple(path.with_name(each) for each in names), lengths, image, _NAME in features)


def _image(features: dict[str, Any]) -> str | None:
    """The feature ``image``, or the only one that holds encoded pictures."""
    encoded = [name for name, each in features.items() if str(each.get("pythonClassName")).endswith(".Image")]
    if _IMAGE in features:
        return _IMAGE if _IMAGE in encoded else None
    return encoded[0] if len(encoded) == 1 else None


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) if part.isdecimal() else 0 for part in version.split("."))
