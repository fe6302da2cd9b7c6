"""Lists the pictures of a folder in the object store, as they were when a job was planned.

A folder has one of these layouts, each with or without a folder per class::

    <folder>/<class>/<picture>                 one split, ``all``
    <folder>/<split>/<class>/<picture>         ``train``, ``validation`` and ``test``, as far as present, and ``all``
    <folder>/<split>-<number>.tar              samples of WebDataset
    <folder>/<split>-<number>.parquet          tables, as Hugging Face stores them

A picture outside all class folders has no label. Folders inside a class folder belong to the class. The pictures of a
split are shuffled and stratified by class, so that a slice of it holds about as much of each class as the whole; rows
of tables are taken as they stand.
"""

from __future__ import annotations

import hashlib

from pydantic import Field

from jobs.listings.listed_shards import ListedTable, TableColumns, TarMember
from jobs.listings.stratified_order import stratified_order
from jobs.names.dataset_place import is_hidden
from jobs.names.split_name import SPLITS, split_of_file, split_of_folder
from jobs.value import Document, Value

ALL = "all"
SEED = 0
"""Seed of the order in which pictures are taken."""
_DIGITS = 5
"""Numbers of more digits are names, and do not number classes."""
MAX_IMAGE_BYTES = 64 * 2**20
SUFFIXES = (".jpg", ".jpeg", ".jfif", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".avif", ".heic", ".heif")


class ListedImage(Value):
    """One picture: its path within the folder, which is its id, and its size in bytes."""

    path: str
    size: int


class ImageListing(Document):
    """The contents of a folder; written once per job, so that all its shards use the same pictures.

    Attributes:
        dataset: the data set of the specification, ``store:<prefix>`` or ``s3://<bucket>/<prefix>``.
        images: in the order of their paths, or as they stand in tar files.
        ignored: number of other files, whose names are not those of pictures.
        seed: of the order in which the pictures of a split are taken; None: as their paths are ordered, which listings
            of 0.1.0 mean.
        changed: paths of pictures that are others than in the job whose failed images this one retries.
        label: what the specification says holds the labels.
        members: where pictures lie in tar files, by path.
        tables: Parquet files, in place of images.
        columns: of the tables.
    """

    dataset: str
    images: tuple[ListedImage, ...]
    ignored: int = 0
    seed: int | None = None
    changed: tuple[str, ...] = ()
    label: str | None = None
    members: dict[str, TarMember] = Field(default_factory=dict)
    tables: tuple[ListedTable, ...] = ()
    columns: TableColumns | None = None

    @property
    def has_splits(self) -> bool:
        """Whether the folders at the top are splits, not classes."""
        folders = {image.path.split("/")[0] for image in self.images if "/" in image.path}
        return not self.members and bool(folders) and None not in map(self._split_of_folder, folders)

    @property
    def numbered(self) -> bool:
        """Whether classes are numbers that count from 0, as tar files have them, and have no names."""
        names = [member.class_name for member in self.members.values() if member.class_name is not None]
        return bool(names) and all(name.isdecimal() and len(name) <= _DIGITS for name in names)

    @property
    def version(self) -> str:
        """A digest that changes with the name or the size of any picture."""
        return hashlib.sha256(self.encode()).hexdigest()[:16]

    @property
    def files(self) -> frozenset[str]:
        """The paths of all files from which pictures are read."""
        found = {self.members[each.path].file if each.path in self.members else each.path for each in self.images}
        return frozenset(found | {table.path for table in self.tables})

    def splits(self) -> dict[str, tuple[ListedImage, ...]]:
        """The pictures of each split, in the order in which they are taken."""
        images, with_splits = self._ordered(), self.has_splits
        found: dict[str, list[ListedImage]] = {name: [] for name in SPLITS}
        for image in images:
            split = self._split(image.path, with_splits=with_splits)
            if split is not None:
                found[split].append(image)
        return {**{name: tuple(inside) for name, inside in found.items() if inside}, ALL: images}

    def tables_by_split(self) -> dict[str, tuple[ListedTable, ...]]:
        """The tables of each split, in the order of their paths."""
        found = {name: tuple(each for each in self.tables if split_of_file(each.path) == name) for name in SPLITS}
        return {**{name: inside for name, inside in found.items() if inside}, ALL: self.tables}

    def classes(self) -> dict[str, str | None]:
        """The class folder of each picture, by path; None for pictures outside all class folders."""
        depth = 1 if self.has_splits else 0
        parts = {image.path: image.path.split("/") for image in self.images}
        of_folders = {path: found[depth] if len(found) > depth + 1 else None for path, found in parts.items()}
        return {**of_folders, **{path: member.class_name for path, member in self.members.items()}}

    def class_names(self) -> tuple[str, ...]:
        """All classes, in the order of their names; those that tar files number, by their numbers."""
        names = {name for name in self.classes().values() if name is not None}
        if self.numbered:
            return tuple(map(str, range(max(map(int, names)) + 1)))
        return tuple(sorted(names))

    def as_now(self, now: ImageListing) -> ImageListing:
        """The same pictures as they are now, for a job that retries some of them.

        Args:
            now: what is there now; new pictures are left out, and those that are gone stay as they were.
        """
        sizes = {image.path: image.size for image in now.images}
        images = tuple(image.model_copy(update={"size": sizes.get(image.path, image.size)}) for image in self.images)
        members = {path: now.members.get(path, member) for path, member in self.members.items()}
        tables = tuple(table.as_now(now.tables) for table in self.tables)
        changed = tuple(
            image.path
            for image, before in zip(images, self.images, strict=True)
            if image != before or members.get(image.path) != self.members.get(image.path)
        )
        return self.model_copy(update={"images": images, "members": members, "tables": tables, "changed": changed})

    def _ordered(self) -> tuple[ListedImage, ...]:
        if self.seed is None:
            return self.images
        images = {image.path: image for image in self.images}
        return tuple(images[path] for path in stratified_order(self.classes(), seed=self.seed))

    def _split(self, path: str, *, with_splits: bool) -> str | None:
        if path in self.members:
            return split_of_file(self.members[path].file)
        folder, inside, _ = path.partition("/")
        return self._split_of_folder(folder) if with_splits and inside else None

    def _split_of_folder(self, folder: str) -> str | None:
        """The split that a folder at the top is; listings of 0.1.0 know one name of each."""
        return split_of_folder(folder) if self.seed is not None or folder in SPLITS else None


def is_picture(path: str) -> bool:
    """Whether a path is that of a picture; what is hidden is not."""
    return path.lower().endswith(SUFFIXES) and not is_hidden(path)
