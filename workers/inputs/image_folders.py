"""Folders of pictures in the object store: listed once per job, then read one picture at a time."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.errors import Corrupt, ObjectNotFound
from jobs.job import Job
from jobs.listings.image_listing import MAX_IMAGE_BYTES, ImageListing
from ml.data.example import DatasetDescription
from ml.data.image_folder import FolderImage, ImageFolder
from ml.data.picture_source import PictureSource
from ml.errors import BadImage
from workers.inputs.dataset_files import DatasetFiles, dataset_files
from workers.inputs.folder_labels import FolderLabels, folder_labels, numbered_labels
from workers.inputs.listings import listing_of
from workers.step.services import Services


def image_folder(
    dataset: str,
    job: Job,
    services: Services,
    *,
    class_names: Sequence[str] | None = None,
    label: str | None = None,
) -> PictureSource | None:
    """The folder that a job names as its data set, or None where it names another kind of data set.

    Args:
        dataset: ``store:<prefix>``, ``s3://<bucket>/<prefix>``, or any other name.
        job: whose listing of the folder counts.
        services: of this worker.
        class_names: the classes of a model, by which the names of classes are turned into labels; None: the data set's
            own, in their order.
        label: what holds the labels, in files of many pictures.

    Raises:
        InvalidSpec: there is no picture in the folder, only some folders are classes of the model, there is no such
            label, or jobs may not read it.
    """
    files = dataset_files(dataset, services, project=job.project)
    if files is None:
        return None
    listing = listing_of(dataset, files, job, services.store, label=label)
    if listing.columns is not None:
        from workers.inputs.table_pictures import table_pictures  # noqa: PLC0415  (pyarrow)

        return table_pictures(listing, listing.columns, files, class_names=class_names)
    found = _labels(listing, class_names)
    names = tuple(class_names) if class_names is not None else listing.class_names()
    classes, changed = listing.classes(), frozenset(listing.changed)
    images = {
        split: [FolderImage(image.path, found.labels.get(classes[image.path] or "")) for image in inside]
        for split, inside in listing.splits().items()
    }
    description = DatasetDescription(
        dataset,
        names,
        {split: len(inside) for split, inside in images.items()},
        has_masks=False,
        version=listing.version,
        labels_left_out=found.left_out,
        own_names=found.own_names(names),
        changed={split: frozenset(_places(inside, changed)) for split, inside in images.items()} if changed else {},
    )
    return ImageFolder(description, images, _Loader(listing, files))


def _labels(listing: ImageListing, class_names: Sequence[str] | None) -> FolderLabels:
    own = listing.class_names()
    if class_names is None or listing.numbered:
        return numbered_labels(own, class_names)
    return folder_labels(own, class_names, dataset=listing.dataset)


def _places(images: Sequence[FolderImage], wanted: frozenset[str]) -> list[int]:
    return [place for place, image in enumerate(images) if image.image_id in wanted]


class _Loader:
    """Fetches pictures by their path; what cannot be had any more is a bad picture, not a failed step."""

    def __init__(self, listing: ImageListing, files: DatasetFiles) -> None:
        self._sizes = {image.path: image.size for image in listing.images}
        self._members = listing.members
        self._files = files

    def __call__(self, path: str) -> bytes:
        size, member = self._sizes[path], self._members.get(path)
        if member is not None and member.problem:
            raise BadImage(member.problem)
        if size > MAX_IMAGE_BYTES:
            raise BadImage(f"the file has {size >> 20} MiB, more than the {MAX_IMAGE_BYTES >> 20} MiB of a picture")
        try:
            if member is None:
                data = self._files.read(path)
            else:
                data = self._files.read(member.file, start=member.offset, stop=member.offset + size)
        except (ObjectNotFound, Corrupt) as error:
            raise BadImage(f"the picture was there when the job was planned, and is not any more: {error}") from error
        if len(data) != size:
            raise BadImage(f"the picture was changed since the job was planned: {len(data)} bytes, not {size}")
        return data
