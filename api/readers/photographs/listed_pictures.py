"""Reads the stored picture of an image from its data set, as the job's list of pictures has it."""

from __future__ import annotations

from dataclasses import dataclass

from api.readers.dataset_stores import DatasetStores
from api.readers.photographs.table_row import TableRow, TableRows
from jobs import keys
from jobs.errors import ObjectNotFound, Retryable
from jobs.listings.image_listing import MAX_IMAGE_BYTES, ImageListing
from jobs.listings.listed_shards import ListedTable
from jobs.names.dataset_place import place_of
from store.base import ObjectStore
from store.document_cache import DocumentCache

LISTINGS_BYTES = 32 * 2**20
"""Longer lists are not read: a list of this length takes a hundred times the memory of a page."""


@dataclass(frozen=True)
class _StoredPicture:
    """Where the bytes of a picture lie in an object."""

    key: str
    start: int
    size: int


class ListedPictures:
    """Pictures of folders, here or in other buckets: single files, members of tar files, rows of tables."""

    def __init__(self, store: ObjectStore, stores: DatasetStores, rows: TableRows) -> None:
        self._store = store
        self._stores = stores
        self._rows = rows
        self._listings = DocumentCache(ImageListing, max_bytes=LISTINGS_BYTES)

    def picture(self, job_id: str, dataset: str, image_id: str) -> bytes | None:
        """The bytes of the picture file; None where it is not here, or not as it was when the job was planned."""
        files, found = self._stores.of(dataset), self._found(job_id, dataset, image_id)
        if files is None or found is None:
            return None
        try:
            data = self._cell(files, found, image_id) if isinstance(found, TableRow) else _read(files, found)
        except ObjectNotFound:
            return None
        except Retryable:  # another bucket is away: the job still has its small photograph
            if files is self._store:
                raise
            return None
        return data if data is not None and len(data) <= MAX_IMAGE_BYTES else None

    def has_picture(self, job_id: str, dataset: str, image_id: str) -> bool:
        """Whether ``picture`` will most likely find one; nothing of it is read."""
        files, found = self._stores.of(dataset), self._found(job_id, dataset, image_id)
        if files is None or found is None:
            return False
        try:
            return _is_there(files, found)
        except Retryable:
            if files is self._store:
                raise
            return False

    def _cell(self, files: ObjectStore, found: TableRow, image_id: str) -> bytes | None:
        cell = self._rows.cell(files, found) if _is_there(files, found) else None
        if cell is None:
            return None
        data, name = cell
        return data if image_id.endswith(f"/{found.row:07d}{f' {name}' if name else ''}") else None

    def _found(self, job_id: str, dataset: str, image_id: str) -> _StoredPicture | TableRow | None:
        place, listing = place_of(dataset), self._listing(job_id)
        if place is None or listing is None or listing.dataset != dataset:
            return None
        if listing.columns is not None:
            return _row(listing, listing.columns.image, image_id, folder=place.folder)
        size = next((image.size for image in listing.images if image.path == image_id), None)
        if size is None or size > MAX_IMAGE_BYTES:
            return None
        member = listing.members.get(image_id)
        if member is None:
            return _StoredPicture(place.folder + image_id, 0, size)
        return _StoredPicture(place.folder + member.file, member.offset, size)

    def _listing(self, job_id: str) -> ImageListing | None:
        key = keys.listing(job_id)
        info = self._store.head(key)
        if info is None or info.size > LISTINGS_BYTES:
            return None
        return self._listings.read(key, self._store)


def _is_there(files: ObjectStore, found: _StoredPicture | TableRow) -> bool:
    """Whether there is a file of the right size; of a table that is gone, rows are still kept on this disk."""
    info = files.head(found.key)
    if info is None:
        return False
    return info.size == found.size if isinstance(found, TableRow) else info.size >= found.start + found.size


def _read(files: ObjectStore, found: _StoredPicture) -> bytes | None:
    data = b"".join(files.stream(found.key, start=found.start, stop=found.start + found.size))
    return data if len(data) == found.size else None


def _row(listing: ImageListing, column: str, image_id: str, *, folder: str) -> TableRow | None:
    """The row that an id names: the file without its ending, the number of the row, the name of the picture."""
    for table in listing.tables:
        number = _number(table, image_id)
        if number is not None and not table.problem and number < table.rows:
            return TableRow(folder + table.path, table.size, column, number)
    return None


def _number(table: ListedTable, image_id: str) -> int | None:
    start = f"{table.path.rpartition('.')[0]}/"
    number = image_id.removeprefix(start).partition(" ")[0]
    return int(number) if image_id.startswith(start) and number.isascii() and number.isdecimal() else None
