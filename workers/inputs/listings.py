"""Lists the pictures of a folder once per job: a retry and a trial see what the job found that they come from."""

from __future__ import annotations

from contextlib import suppress

from jobs import keys
from jobs.errors import InvalidSpec, ObjectExists, ObjectNotFound
from jobs.job import Job
from jobs.listings.image_listing import SEED, SUFFIXES, ImageListing, ListedImage, is_picture
from jobs.names.dataset_place import PARQUET, SHARD_SUFFIXES, TAR, is_shard
from store.base import ObjectInfo, ObjectStore
from store.key import InvalidKey
from workers.inputs.dataset_files import DatasetFiles


def listing_of(dataset: str, files: DatasetFiles, job: Job, store: ObjectStore, *, label: str | None) -> ImageListing:
    """What the job found in these files when it was planned; looks now if nothing was written down.

    Args:
        dataset: as the specification names it.
        files: where its pictures lie.
        job: whose listing counts.
        store: where listings are kept.
        label: what holds the labels, in files of many pictures.

    Raises:
        InvalidSpec: there is no picture, or no such label.
    """
    key = keys.listing(job.id)
    with suppress(ObjectNotFound):
        return ImageListing.decode(store.get(key))
    found = _inherited(dataset, files, job, store, label=label) or _listed(dataset, files, label)
    with suppress(ObjectExists):
        store.put(key, found.encode(), if_absent=True, content_type="application/json")
        return found
    return ImageListing.decode(store.get(key))


def _inherited(
    dataset: str, files: DatasetFiles, job: Job, store: ObjectStore, *, label: str | None
) -> ImageListing | None:
    """What the job's origin found, unless that was something else: a sweep may vary the data set.

    A retry takes the same pictures as they are now: one that was mended is read as it is.
    """
    origin = job.retry_of or job.parent
    if origin is None:
        return None
    try:
        listing = ImageListing.decode(store.get(keys.listing(origin)))
    except ObjectNotFound:
        return None
    if (listing.dataset, listing.label) != (dataset, label):
        return None
    return listing if job.retry_of is None else _as_now(listing, files)


def _as_now(listing: ImageListing, files: DatasetFiles) -> ImageListing:
    if listing.tables:
        from workers.inputs.shard_listings import tables_now  # noqa: PLC0415  (pyarrow)

        return listing.as_now(listing.model_copy(update={"tables": tables_now(listing.tables, files)}))
    with suppress(InvalidSpec):  # nothing is there any more, and each picture says so
        return listing.as_now(_listed(listing.dataset, files, listing.label))
    return listing


def _listed(dataset: str, files: DatasetFiles, label: str | None) -> ImageListing:
    try:
        found = list(files.list())
    except InvalidKey as error:
        raise InvalidSpec(f"data set {dataset!r}: {error}", field="dataset") from error
    pictures = [info for info in found if is_picture(info.key)]
    shards = [info for info in found if is_shard(info.key)]
    if shards and pictures:
        raise InvalidSpec(
            f"data set {dataset!r} holds pictures, such as {pictures[0].key!r}, and files of many, such as "
            f"{shards[0].key!r}: put them into two folders, or name one file",
            field="dataset",
        )
    if shards:
        return _of_shards(dataset, files, shards, label=label, ignored=len(found))
    if not pictures:
        raise InvalidSpec(_nothing(dataset, files, found), field="dataset")
    if label is not None:
        raise InvalidSpec(
            f"data set {dataset!r} has labels of one kind only, the names of its folders: leave 'label' out",
            field="label",
        )
    images = tuple(ListedImage(path=info.key, size=info.size) for info in pictures)
    return ImageListing(dataset=dataset, images=images, ignored=len(found) - len(images), seed=SEED)


def _of_shards(
    dataset: str, files: DatasetFiles, shards: list[ObjectInfo], *, label: str | None, ignored: int
) -> ImageListing:
    from workers.inputs.shard_listings import listing_of_tables, listing_of_tars  # noqa: PLC0415  (pyarrow)

    tars = [info for info in shards if info.key.lower().endswith(TAR)]
    tables = [info for info in shards if info.key.lower().endswith(PARQUET)]
    if tars and tables:
        raise InvalidSpec(
            f"data set {dataset!r} holds both {TAR} and {PARQUET} files: put them into two folders, or name one file",
            field="dataset",
        )
    if tars:
        return listing_of_tars(dataset, files, tars, label=label, ignored=ignored - len(tars))
    return listing_of_tables(dataset, files, tables, label=label, ignored=ignored - len(tables))


def _nothing(dataset: str, files: DatasetFiles, found: list[ObjectInfo]) -> str:
    what = f"{len(found)} files, none of them" if found else "nothing, so no"
    packed = next((info.key for info in found if info.key.endswith((".tar.gz", ".tgz", ".zip", ".tar.zst"))), None)
    advice = f"; {packed[:100]!r} is packed: unpack it first, a plain .tar is read as it is" if packed else ""
    return f"data set {dataset!r}: there is {what} {', '.join((*SUFFIXES, *SHARD_SUFFIXES))} under {files.url}{advice}"
