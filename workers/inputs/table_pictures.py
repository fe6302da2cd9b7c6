"""Parquet files as a data set: their rows, with labels as a model counts its classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from jobs.listings.image_listing import MAX_IMAGE_BYTES, ImageListing
from jobs.listings.listed_shards import TableColumns
from ml.data.example import DatasetDescription
from ml.data.parquet_pictures import ParquetPictures, Table
from workers.inputs.dataset_files import DatasetFiles
from workers.inputs.folder_labels import FolderLabels, folder_labels, numbered_labels


def table_pictures(
    listing: ImageListing, columns: TableColumns, files: DatasetFiles, *, class_names: Sequence[str] | None
) -> ParquetPictures:
    """The rows of the tables in a listing.

    Args:
        listing: of the job.
        columns: of the tables.
        files: where they lie.
        class_names: of the model that will see the pictures; None: the data set's own.

    Raises:
        InvalidSpec: only some classes are classes of the model.
    """
    found = _labels(listing, columns, class_names)
    names = tuple(class_names) if class_names is not None else columns.class_names
    sizes = {table.path: table.size for table in listing.tables}
    splits = listing.tables_by_split()

    def opened(path: str) -> BinaryIO:
        return files.open(path, size=sizes[path])

    description = DatasetDescription(
        listing.dataset,
        names,
        {split: sum(table.rows for table in tables) for split, tables in splits.items()},
        has_masks=False,
        version=listing.version,
        labels_left_out=found.left_out,
        own_names=found.own_names(names),
    )
    return ParquetPictures(
        description=description,
        tables={
            split: [Table(each.path, each.rows, each.problem) for each in tables] for split, tables in splits.items()
        },
        image=columns.image,
        label=columns.label,
        labels={
            value: found.labels[name]
            for value, name in zip(columns.values, columns.class_names, strict=True)
            if name in found.labels
        },
        open=opened,
        max_bytes=MAX_IMAGE_BYTES,
    )


def _labels(listing: ImageListing, columns: TableColumns, class_names: Sequence[str] | None) -> FolderLabels:
    own = columns.class_names
    if class_names is None or (own and own == tuple(map(str, range(len(own))))):
        return numbered_labels(own, class_names)
    return folder_labels(own, class_names, dataset=listing.dataset, what="classes")
