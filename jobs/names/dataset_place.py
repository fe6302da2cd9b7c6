"""Where the files of a data set lie: in this store (``store:datasets/mine``) or elsewhere (``s3://bucket/prefix``)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.errors import InvalidSpec
from jobs.keys import DATASETS_PREFIX
from jobs.names.file_name import name_problem
from jobs.names.project_name import folder_prefix, project_of_folder

STORE_SCHEME = "store:"
S3_SCHEME = "s3://"
SETTING = "FLORESCOPE_DATASET_PREFIXES"
TAR, PARQUET = ".tar", ".parquet"
SHARD_SUFFIXES = (TAR, PARQUET)
"""Endings of files that hold many pictures: WebDataset and Parquet."""
_KEPT_BY_PROGRAMS = frozenset({"@eaDir", "__MACOSX"})
"""Folders in which Synology and macOS keep thumbnails and attributes."""


@dataclass(frozen=True)
class DatasetPlace:
    """A folder, or one file in it that holds many pictures.

    Attributes:
        bucket: ``s3://bucket``; empty for the store of this installation.
        folder: what the keys of all files begin with, ending in ``/``; empty for a whole bucket.
        file: the name of the file in it; empty for all files of the folder.
    """

    bucket: str
    folder: str
    file: str = ""


def place_of(dataset: str) -> DatasetPlace | None:
    """Where a data set lies; None where it is named otherwise, as those of TFDS are."""
    if dataset.startswith(STORE_SCHEME):
        return _place("", dataset.removeprefix(STORE_SCHEME))
    if dataset.startswith(S3_SCHEME):
        bucket, _, path = dataset.removeprefix(S3_SCHEME).partition("/")
        return _place(f"{S3_SCHEME}{bucket}", path)
    return None


def check_place(dataset: str, *, allowed: Sequence[str], field: str) -> None:
    """Let a data set pass that jobs may read, wherever it lies; names of other kinds pass, too.

    Args:
        dataset: any name of a data set.
        allowed: prefixes in S3 that jobs may read, such as ``s3://bucket/pictures``.
        field: of the specification.

    Raises:
        InvalidSpec: it lies where jobs may not read: elsewhere in the store lie the results of others.
    """
    place = place_of(dataset)
    if place is None:
        return
    if place.bucket:
        _check_bucket(dataset, allowed=allowed, field=field)
    elif not place.folder.startswith(DATASETS_PREFIX) or place.folder + place.file == DATASETS_PREFIX:
        raise InvalidSpec(_outside(dataset, place), field=field)


def check_project(dataset: str, place: DatasetPlace, *, project: str, field: str) -> None:
    """Let a folder in the store pass that belongs to this project.

    Raises:
        InvalidSpec: it belongs to another one, or is all that the project has; says how those of this one are named.
    """
    path, prefix = (place.folder + place.file).removeprefix(DATASETS_PREFIX), folder_prefix(project)
    if project_of_folder(path) != project or path == prefix:
        start = f"{STORE_SCHEME}{DATASETS_PREFIX}{prefix}"
        raise InvalidSpec(
            f"data set {dataset!r}: folders of the project {project!r} are named {start}<folder>", field=field
        )


def is_shard(path: str) -> bool:
    """Whether a path is that of a file that holds many pictures; what is hidden is not."""
    return path.lower().endswith(SHARD_SUFFIXES) and not is_hidden(path)


def is_hidden(path: str) -> bool:
    """Whether a file or a folder of this path is one that programs keep for themselves, such as ``.thumbnails``."""
    parts = (part for part in path.split("/") if part not in {".", ".."})
    return any(part.startswith(".") or part in _KEPT_BY_PROGRAMS for part in parts)


def _place(bucket: str, path: str) -> DatasetPlace:
    whole = path.strip("/")
    folder, _, last = whole.rpartition("/")
    if is_shard(whole):
        return DatasetPlace(bucket, f"{folder}/" if folder else "", last)
    return DatasetPlace(bucket, f"{whole}/" if whole else "")


def _check_bucket(dataset: str, *, allowed: Sequence[str], field: str) -> None:
    problem = name_problem(dataset.removeprefix(S3_SCHEME).rstrip("/"))
    if problem is not None:
        raise InvalidSpec(f"data set {dataset!r} {problem}", field=field)
    if not any(f"{dataset.rstrip('/')}/".startswith(f"{prefix.rstrip('/')}/") for prefix in allowed):
        listed = ", ".join(allowed) or "none so far"
        raise InvalidSpec(
            f"data set {dataset!r} is not among what jobs may read in S3 ({listed}): whoever runs Florescope can allow "
            f"it with the setting {SETTING}, such as {SETTING}=s3://bucket/pictures, for the API and the workers",
            field=field,
        )


def _outside(dataset: str, place: DatasetPlace) -> str:
    name = (place.folder + place.file).strip("/").rpartition("/")[2]
    example = f"{STORE_SCHEME}{DATASETS_PREFIX}{name if name and place.folder != DATASETS_PREFIX else 'mine'}"
    return (
        f"data set {dataset!r}: folders of pictures lie below {DATASETS_PREFIX!r}, such as {example!r}; "
        f"'florescope upload <folder> --to {example}' puts one there"
    )
