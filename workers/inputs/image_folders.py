"""Folders of pictures in the object store: listed once per job, then read one picture at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from jobs import keys
from jobs.errors import Corrupt, InvalidSpec, ObjectExists, ObjectNotFound
from jobs.image_listing import (
    MAX_IMAGE_BYTES,
    SUFFIXES,
    ImageListing,
    ListedImage,
    check_folder,
    is_picture,
    is_store_folder,
    prefix_of,
)
from jobs.job import Job
from ml.data.example import DatasetDescription
from ml.data.image_folder import FolderImage, ImageFolder
from ml.errors import BadImage
from store.base import ObjectStore
from store.key import InvalidKey
from workers.inputs.folder_labels import folder_labels
from workers.step.services import Services


def image_folder(
    dataset: str, job: Job, services: Services, *, class_names: Sequence[str] | None = None
) -> ImageFolder | None:
    """The folder that a job names as its data set, or None where it names another kind of data set.

    Args:
        dataset: ``store:<prefix>``, or any other name.
        job: whose listing of the folder counts.
        class_names: the classes of a model, by which the folders' names are turned into labels; None: the folders'
            own names, sorted.

    Raises:
        InvalidSpec: there is no picture in the folder, or only some folders are classes of the model.
    """
    if not is_store_folder(dataset):
        return None
    listing = _listing(dataset, job, services.store)
    names = tuple(class_names) if class_names is not None else listing.class_names()
    found_labels = folder_labels(listing.class_names(), names, dataset=dataset)
    labels = found_labels.labels
    classes = listing.classes()
    images = {
        split: [FolderImage(image.path, labels.get(classes[image.path] or "")) for image in found]
        for split, found in listing.splits().items()
    }
    sizes = {split: len(found) for split, found in images.items()}
    description = DatasetDescription(
        dataset,
        names,
        sizes,
        has_masks=False,
        version=listing.version,
        labels_left_out=found_labels.left_out,
        own_names={index: folder for folder, index in labels.items() if folder != names[index]},
    )
    return ImageFolder(description, images, _Loader(listing, services.store))


def _listing(dataset: str, job: Job, store: ObjectStore) -> ImageListing:
    """What the job found when it was planned; a retry and a trial see what the job found that they come from."""
    key = keys.listing(job.id)
    with suppress(ObjectNotFound):
        return ImageListing.decode(store.get(key))
    found = _inherited(dataset, job, store) or _listed(dataset, store)
    with suppress(ObjectExists):
        store.put(key, found.encode(), if_absent=True, content_type="application/json")
        return found
    return ImageListing.decode(store.get(key))


def _inherited(dataset: str, job: Job, store: ObjectStore) -> ImageListing | None:
    """What the job's origin found, unless that was another folder: a sweep may vary the data set."""
    origin = job.retry_of or job.parent
    if origin is not None:
        with suppress(ObjectNotFound):
            listing = ImageListing.decode(store.get(keys.listing(origin)))
            return listing if listing.dataset == dataset else None
    return None


def _listed(dataset: str, store: ObjectStore) -> ImageListing:
    check_folder(dataset, field="dataset")
    prefix = prefix_of(dataset)
    images, ignored = [], 0
    try:
        for info in store.list(prefix):
            path = info.key.removeprefix(prefix)
            if is_picture(path):
                images.append(ListedImage(path=path, size=info.size))
            else:
                ignored += 1
    except InvalidKey as error:
        raise InvalidSpec(f"data set {dataset!r}: {error}", field="dataset") from error
    if not images:
        found = f"{ignored} files, none of them" if ignored else "nothing, so no"
        raise InvalidSpec(
            f"data set {dataset!r}: there is {found} {', '.join(SUFFIXES)} under {prefix!r} in {store.url}",
            field="dataset",
        )
    return ImageListing(dataset=dataset, images=tuple(images), ignored=ignored)


class _Loader:
    """Fetches pictures by their path; what cannot be had any more is a bad picture, not a failed step."""

    def __init__(self, listing: ImageListing, store: ObjectStore) -> None:
        self._sizes = {image.path: image.size for image in listing.images}
        self._prefix = listing.prefix
        self._store = store

    def __call__(self, path: str) -> bytes:
        size = self._sizes[path]
        if size > MAX_IMAGE_BYTES:
            raise BadImage(f"the file has {size >> 20} MiB, more than the {MAX_IMAGE_BYTES >> 20} MiB of a picture")
        try:
            data = self._store.get(self._prefix + path)
        except (ObjectNotFound, Corrupt) as error:
            raise BadImage(f"the picture was there when the job was planned, and is not any more: {error}") from error
        if len(data) != size:
            raise BadImage(f"the picture was changed since the job was planned: {len(data)} bytes, not {size}")
        return data
