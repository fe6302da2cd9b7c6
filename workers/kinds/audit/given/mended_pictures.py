"""Pictures that are others by now than those that a named explanation saw under the same names."""

from __future__ import annotations

from dataclasses import dataclass

from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.listings.image_listing import ImageListing
from jobs.names.file_name import legal_name
from store.base import ObjectStore


@dataclass(frozen=True)
class MendedPictures:
    """Says of an image, by its id, whether it is one of them.

    Attributes:
        image_ids: of files and of members of tar files.
        folders: with which the ids of rows of tables begin that are others.
    """

    image_ids: frozenset[str] = frozenset()
    folders: tuple[str, ...] = ()

    def __contains__(self, image_id: str) -> bool:
        """Whether what the explanation stored is of another picture."""
        return image_id in self.image_ids or image_id.startswith(self.folders)


def mended_pictures(audit_id: str, explanation_id: str, store: ObjectStore) -> MendedPictures:
    """Those whose size, or whose place in a tar file, is another in the listing of the audit than in the explanation's.

    None of a data set that has a version and is not listed.
    """
    try:
        audited, explained = (
            ImageListing.decode(store.get(keys.listing(job_id))) for job_id in (audit_id, explanation_id)
        )
    except ObjectNotFound:
        return MendedPictures()
    sizes = {table.path: table.size for table in explained.tables}
    tables = (table.path for table in audited.tables if sizes.get(table.path, table.size) != table.size)
    return MendedPictures(
        image_ids=frozenset(map(legal_name, explained.as_now(audited).changed)),
        folders=tuple(f"{path.rpartition('.')[0]}/" for path in tables),
    )
