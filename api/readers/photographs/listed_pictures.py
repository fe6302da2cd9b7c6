"""Reads the stored picture of an image from a folder in the store, as the job's list of pictures has it."""

from __future__ import annotations

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.listings.image_listing import MAX_IMAGE_BYTES, ImageListing
from jobs.names.dataset_place import place_of
from store.base import ObjectStore
from store.document_cache import DocumentCache

LISTINGS_BYTES = 32 * 2**20


class ListedPictures:
    """Pictures of folders under ``datasets/``: single files, and members of tar files."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._listings = DocumentCache(ImageListing, max_bytes=LISTINGS_BYTES)

    def picture(self, job_id: str, dataset: str, image_id: str) -> bytes | None:
        """The bytes of the picture file; None where it is not here, or not as it was when the job was planned."""
        place = place_of(dataset)
        if place is None or place.bucket:
            return None
        try:
            listing = self._listings.read(keys.listing(job_id), self._store)
            return self._listed(listing, place.folder, image_id)
        except ObjectNotFound:
            return None

    def _listed(self, listing: ImageListing, folder: str, image_id: str) -> bytes | None:
        size = next((image.size for image in listing.images if image.path == image_id), None)
        if size is None or size > MAX_IMAGE_BYTES:
            return None
        member = listing.members.get(image_id)
        key, start = (folder + image_id, 0) if member is None else (folder + member.file, member.offset)
        data = b"".join(self._store.stream(key, start=start, stop=start + size + (member is None)))
        return data if len(data) == size else None
