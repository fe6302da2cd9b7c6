"""A data set as this worker reads it: by name, from the folders of this machine or from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.errors import InvalidSpec
from jobs.job import Job
from jobs.names.built_in_datasets import BUILT_IN_DATASETS
from jobs.names.file_name import legal_name
from ml.data.datasets import DatasetDescription, Example, describe, identify, labelled_by, read
from ml.data.image_size import ImageSize
from ml.data.picture_source import PictureSource
from workers.inputs.image_folders import image_folder
from workers.step.services import Services


@dataclass(frozen=True)
class DatasetSource:
    """The name of a data set, and where its images come from.

    Ids of images can be paths below a folder (``jobs.names.file_name``), whatever names a data set gives its pictures.

    Attributes:
        data_dir: where TFDS keeps its data sets on this machine; None: where it looks by default.
        folder: the pictures, where they are not those that ``ml`` finds by the name.
    """

    name: str
    data_dir: str | None = None
    folder: PictureSource | None = None

    def describe(self) -> DatasetDescription:
        """Classes and splits.

        Raises:
            MlError: there is no such data set, or it cannot be loaded.
        """
        return describe(self.name, data_dir=self.data_dir, folder=self.folder)

    def read(self, split: str, *, start: int, stop: int, image_size: ImageSize | None = None) -> Iterator[Example]:
        """The images of a slice, in stored order; scaled and cropped to a size where one is given."""
        found = read(
            self.name,
            split,
            start=start,
            stop=stop,
            data_dir=self.data_dir,
            folder=self.folder,
            image_size=image_size,
        )
        return map(_with_legal_id, found)

    def identify(self, split: str, index: int) -> Example:
        """One image without its pixels: nothing is decoded."""
        return _with_legal_id(identify(self.name, split, index, data_dir=self.data_dir, folder=self.folder))


def dataset_source(
    name: str,
    job: Job,
    services: Services,
    *,
    class_names: Sequence[str] | None = None,
    label: str | None = None,
) -> DatasetSource:
    """The data set that a job names.

    Args:
        name: any name of a data set.
        job: whose listing of a folder counts.
        services: of this worker.
        class_names: of the model that will see it, by which a folder's pictures are labelled.
        label: which feature of the data set holds the labels; None: the only one, or the one that is called so.

    Raises:
        InvalidSpec: there is no picture in the folder, or only some folders are classes of the model; or the data set
            has no such label.
    """
    data_dir = services.folders.data_dir
    folder = image_folder(name, job, services, class_names=class_names, label=label)
    if label is not None and name in BUILT_IN_DATASETS:
        raise InvalidSpec(f"data set {name!r} has labels of one kind only: leave 'label' out", field="label")
    if label is not None and folder is None:
        folder = labelled_by(name, label, data_dir=data_dir)
    return DatasetSource(name, data_dir, folder)


def _with_legal_id(example: Example) -> Example:
    image_id = legal_name(example.image_id)
    return example if image_id == example.image_id else replace(example, image_id=image_id)
