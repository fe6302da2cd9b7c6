"""Lists the pictures of a folder in the object store, as they were when a job was planned.

A folder has one of these layouts, each with or without a folder per class::

    <folder>/<class>/<picture>                 one split, ``all``
    <folder>/<split>/<class>/<picture>         ``train``, ``validation`` and ``test``, as far as present, and ``all``

A picture outside all class folders has no label. Folders inside a class folder belong to the class.
"""

from __future__ import annotations

import hashlib

from jobs.errors import InvalidSpec
from jobs.keys import DATASETS_PREFIX
from jobs.value import Document, Value

STORE_SCHEME = "store:"
ALL = "all"
SPLITS = ("train", "validation", "test")
MAX_IMAGE_BYTES = 64 * 2**20
SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")


class ListedImage(Value):
    """One picture: its path within the folder, which is its id, and its size in bytes."""

    path: str
    size: int


class ImageListing(Document):
    """The contents of a folder; written once per job, so that all its shards use the same pictures.

    Attributes:
        dataset: the data set of the specification, ``store:<prefix>``.
        images: in the order of their paths.
        ignored: number of other files, whose names are not those of pictures.
    """

    dataset: str
    images: tuple[ListedImage, ...]
    ignored: int = 0

    @property
    def prefix(self) -> str:
        """The common prefix of the keys of all pictures."""
        return prefix_of(self.dataset)

    @property
    def has_splits(self) -> bool:
        """Whether the folders at the top are splits, not classes."""
        folders = {image.path.split("/")[0] for image in self.images if "/" in image.path}
        return bool(folders) and folders <= set(SPLITS)

    @property
    def version(self) -> str:
        """A digest that changes with the name or the size of any picture."""
        return hashlib.sha256(self.encode()).hexdigest()[:16]

    def splits(self) -> dict[str, tuple[ListedImage, ...]]:
        """The pictures of each split."""
        found: dict[str, tuple[ListedImage, ...]] = {}
        for split in SPLITS if self.has_splits else ():
            inside = tuple(image for image in self.images if image.path.startswith(f"{split}/"))
            if inside:
                found[split] = inside
        return {**found, ALL: self.images}

    def classes(self) -> dict[str, str | None]:
        """The class folder of each picture, by path; None for pictures outside all class folders."""
        depth = 1 if self.has_splits else 0
        parts = {image.path: image.path.split("/") for image in self.images}
        return {path: found[depth] if len(found) > depth + 1 else None for path, found in parts.items()}

    def class_names(self) -> tuple[str, ...]:
        """All classes, in the order of their names."""
        return tuple(sorted({name for name in self.classes().values() if name is not None}))


def is_store_folder(dataset: str) -> bool:
    """Whether a data set is a folder in the object store."""
    return dataset.startswith(STORE_SCHEME)


def prefix_of(dataset: str) -> str:
    """The prefix of the keys in the folder ``store:<prefix>``."""
    return dataset.removeprefix(STORE_SCHEME).strip("/") + "/"


def check_folder(dataset: str, *, field: str) -> None:
    """Let a data set pass that is a folder where pictures lie: elsewhere in the store lie the results of others.

    Raises:
        InvalidSpec: it is not.
    """
    folder = prefix_of(dataset)
    if folder.startswith(DATASETS_PREFIX) and folder != DATASETS_PREFIX:
        return
    name = folder.strip("/").rpartition("/")[2]
    example = f"{STORE_SCHEME}{DATASETS_PREFIX}{name if name and folder != DATASETS_PREFIX else 'mine'}"
    raise InvalidSpec(
        f"data set {dataset!r}: folders of pictures lie below {DATASETS_PREFIX!r}, such as {example!r}; "
        f"'florescope upload <folder> --to {example}' puts one there",
        field=field,
    )


def is_picture(path: str) -> bool:
    """Whether a file name is that of a picture; hidden files are not."""
    return path.lower().endswith(SUFFIXES) and not path.rsplit("/", 1)[-1].startswith(".")
