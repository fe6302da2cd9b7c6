"""Lists files that hold many pictures each: tar files of WebDataset by their members, Parquet files by their rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pyarrow.parquet as pq

from jobs.errors import InvalidSpec
from jobs.listings.image_listing import SEED, ImageListing, ListedImage
from jobs.listings.listed_shards import ListedTable, TableColumns
from ml.data.parquet_columns import ParquetColumns, classes_in, open_table, parquet_columns
from ml.data.parquet_pictures import BROKEN
from ml.errors import BadOption, MlError
from store.base import ObjectInfo
from workers.inputs.dataset_files import DatasetFiles
from workers.inputs.tar_shards import TarPicture, tar_contents, told_apart


def listing_of_tars(
    dataset: str, files: DatasetFiles, tars: Sequence[ObjectInfo], *, label: str | None, ignored: int
) -> ImageListing:
    """The pictures in all tar files; a damaged one ends with an image that says so.

    Raises:
        InvalidSpec: there is no picture in any of them.
    """
    pictures: list[TarPicture] = []
    for info in tars:
        with closing(files.open(info.key, size=info.size)) as file:
            contents = tar_contents(file, info.key, label=label)
        pictures += contents.pictures
        ignored += contents.ignored
    pictures = told_apart(pictures)  # a.tar may hold b/1.jpg, and a/b.tar 1.jpg
    if all(picture.member.problem for picture in pictures):
        problem = pictures[0].member.problem if pictures else "its members are no pictures"
        raise InvalidSpec(f"data set {dataset!r}: no picture is in {tars[0].key!r}: {problem}", field="dataset")
    images = tuple(ListedImage(path=picture.path, size=picture.size) for picture in pictures)
    members = {picture.path: picture.member for picture in pictures}
    return ImageListing(dataset=dataset, images=images, ignored=ignored, seed=SEED, label=label, members=members)


def listing_of_tables(
    dataset: str, files: DatasetFiles, tables: Sequence[ObjectInfo], *, label: str | None, ignored: int
) -> ImageListing:
    """The rows of all Parquet files; one that cannot be read counts as one image, which says so.

    Raises:
        InvalidSpec: no file can be read, one has no pictures, the label is none, files name classes differently, or the
            names of two files differ in their endings alone.
    """
    _check_names(dataset, tables)
    try:
        looks = [_look(dataset, files, info, label=label) for info in tables]
        listed = tuple(look.table for look in looks)
        sound = [info for info, table in zip(tables, listed, strict=True) if not table.problem]
        if not sound:
            raise InvalidSpec(f"data set {dataset!r}: {listed[0].path!r}: {listed[0].problem}", field="dataset")
        agreed = _agreed(dataset, looks)
        if agreed is None:
            with _open(files, sound[0]) as table:
                agreed = parquet_columns(dataset, table, label=label)
        found = _columns(files, sound, agreed)
    except MlError as error:
        raise InvalidSpec(str(error), field=error.field if isinstance(error, BadOption) else "dataset") from error
    except BROKEN as error:
        raise InvalidSpec(f"data set {dataset!r}: its labels cannot be read: {error}", field="dataset") from error
    return ImageListing(dataset=dataset, images=(), ignored=ignored, label=label, tables=listed, columns=found)


def _check_names(dataset: str, tables: Iterable[ObjectInfo]) -> None:
    """Refuse files whose pictures would have the same ids, which hold the name of their file without its ending."""
    paths: dict[str, str] = {}
    for info in tables:
        stem = info.key.rpartition(".")[0]
        if stem in paths:
            raise InvalidSpec(
                f"data set {dataset!r}: pictures of {paths[stem]!r} and of {info.key!r} would have the same ids: "
                "give one of the files another name",
                field="dataset",
            )
        paths[stem] = info.key


def tables_now(tables: Sequence[ListedTable], files: DatasetFiles) -> tuple[ListedTable, ...]:
    """These files as they are now; only those are opened that could not be read, or have another size."""
    found = {info.key: info for info in files.list()}
    return tuple(
        _look("", files, found[table.path], label=None, columns=False).table
        if table.path in found and (table.problem or found[table.path].size != table.size)
        else table
        for table in tables
    )


@dataclass(frozen=True)
class _Look:
    """What one file is; ``columns`` is None where it cannot be read, or has no column of the label's name."""

    table: ListedTable
    columns: ParquetColumns | None = None


def _look(dataset: str, files: DatasetFiles, info: ObjectInfo, *, label: str | None, columns: bool = True) -> _Look:
    try:
        with _open(files, info) as table:
            listed = ListedTable(path=info.key, size=info.size, rows=table.metadata.num_rows)
            if not columns or (label is not None and label not in table.schema_arrow.names):
                return _Look(listed)
            return _Look(listed, parquet_columns(dataset, table, label=label))
    except MemoryError:
        raise
    except BROKEN as error:
        problem = f"the file cannot be read as Parquet: {' '.join(str(error).split())[:300]}"
        return _Look(ListedTable(path=info.key, size=info.size, rows=1, problem=problem))


def _agreed(dataset: str, looks: Sequence[_Look]) -> ParquetColumns | None:
    """The columns of all files; some may have no labels, but those that have some agree on what they mean."""
    agreed, path = None, ""
    for look in looks:
        columns = look.columns
        if columns is None:
            continue
        labels = agreed is not None and agreed.label is not None and columns.label is not None
        if agreed and (columns.image != agreed.image or (labels and columns != agreed)):
            raise InvalidSpec(
                f"data set {dataset!r}: {path!r} and {look.table.path!r} name columns or classes differently, so the "
                "same column or label would mean two things: convert them together, or put them into two folders",
                field="dataset",
            )
        if agreed is None or agreed.label is None:
            agreed, path = columns, look.table.path
    return agreed


def _columns(files: DatasetFiles, tables: Sequence[ObjectInfo], columns: ParquetColumns) -> TableColumns:
    if columns.label is None:
        return TableColumns(image=columns.image)
    if columns.class_names is not None:
        values = tuple(map(str, range(len(columns.class_names))))
        return TableColumns(image=columns.image, label=columns.label, values=values, class_names=columns.class_names)
    values = classes_in(_opened(files, tables), columns.label)
    return TableColumns(image=columns.image, label=columns.label, values=values, class_names=values)


def _opened(files: DatasetFiles, tables: Sequence[ObjectInfo]) -> Iterator[pq.ParquetFile]:
    for info in tables:
        with _open(files, info) as table:
            yield table


@contextmanager
def _open(files: DatasetFiles, info: ObjectInfo) -> Iterator[pq.ParquetFile]:
    with closing(files.open(info.key, size=info.size)) as file:
        yield open_table(file)
