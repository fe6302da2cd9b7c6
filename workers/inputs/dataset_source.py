"""A data set as this worker reads it: by name, from the folders of this machine or from the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from jobs.job import Job
from jobs.names.file_name import legal_name
from ml.data.datasets import DatasetDescription, Example, describe, identify, read
from ml.data.image_folder import ImageFolder
from ml.data.image_size import ImageSize
from workers.inputs.image_folders import image_folder
from workers.step.services import Services


@dataclass(frozen=True)
class DatasetSource:
    """The name of a data set, and where its images come from.

    Ids of images can be paths below a folder (``jobs.names.file_name``), whatever names a data set gives its pictures.

    Attributes:
        data_dir: where TFDS keeps its data sets on this machine; None: where it looks by default.
        folder: the pictures, where the data set is a folder in the store.
    """

    name: str
    data_dir: str | None = None
    folder: ImageFolder | None = None

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
    name: str, job: Job, services: Services, *, class_names: Sequence[str] | None = None
) -> DatasetSource:
    """The data set that a job names.

    Args:
        name: any name of a data set.
        job: whose listing of a folder counts.
        services: of this worker.
        class_names: of the model that will see it, by which a folder's pictures are labelled.

    Raises:
        InvalidSpec: there is no picture in the folder, or only some folders are classes of the model.
    """
    folder = image_folder(name, job, services, class_names=class_names)
    return DatasetSource(name, services.folders.data_dir, folder)


def _with_legal_id(example: Example) -> Example:
    image_id = legal_name(example.image_id)
    return example if image_id == example.image_id else replace(example, image_id=image_id)
