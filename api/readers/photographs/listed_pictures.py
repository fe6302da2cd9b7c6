"""Reads the stored picture of an image from a folder in the store, as the job's list of pictures has it."""

from __future__ import annotations

from dataclasses import dataclass

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.listings.image_listing import MAX_IMAGE_BYTES, ImageListing
from jobs.names.dataset_place import place_of
from store.base import ObjectStore
from store.document_cache import DocumentCache

LISTINGS_BYTES = 32 * 2**20
"""Longer lists are not read: a list of this length takes a hundred times the memory of a page."""


@dataclass(frozen=True)
class _StoredPicture:
    """Where the bytes of a picture lie."""

    key: str
    start: int
    size: int


class ListedPictures:
    """Pictures of folders under ``datasets/``: single files, and members of tar files."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._listings = DocumentCache(ImageListing, max_bytes=LISTINGS_BYTES)

    def picture(self, job_id: str, dataset: str, image_id: str) -> bytes | None:
        """The bytes of the picture file; None where it is not here, or not as it was when the job was planned."""
        found = self._found(job_id, dataset, image_id)
        if found is None:
            return None
        try:
            data = b"".join(self._store.stream(found.key, start=found.start, stop=found.start + found.size))
        except ObjectNotFound:
            return None
        return data if len(data) == found.size else None

    def has_picture(self, job_id: str, dataset: str, image_id: str) -> bool:
        """Whether ``picture`` will find one; nothing of it is read."""
        found = self._found(job_id, dataset, image_id)
        info = None if found is None else self._store.head(found.key)
        return found is not None and info is not None and info.size >= found.start + found.size

    def _found(self, job_id: str, dataset: str, image_id: str) -> _StoredPicture | None:
        place, key = place_of(dataset), keys.listing(job_id)
        if place is None or place.bucket:
            return None
        info = self._store.head(key)
        if info is None or info.size > LISTINGS_BYTES:
            return None
        listing = self._listings.read(key, self._store)
        size = next((image.size for image in listing.images if image.path == image_id), None)
        if size is None or size > MAX_IMAGE_BYTES:
            return None
        member = listing.members.get(image_id)
        if member is None:
            return _StoredPicture(place.folder + image_id, 0, size)
        return _StoredPicture(place.folder + member.file, member.offset, size)
