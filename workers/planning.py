"""What plans of all kinds ask of a data set, with the field to mend where the answer is no."""

from __future__ import annotations

from jobs.errors import InvalidSpec
from jobs.plan import split_bounds
from ml.datasets import DatasetDescription, describe
from ml.errors import MlError
from workers.services import Services


def described(dataset: str, services: Services) -> DatasetDescription:
    """Classes and splits of a data set.

    Raises:
        InvalidSpec: it does not exist, or is not to be had.
    """
    folder = services.folders.tfds
    try:
        return describe(dataset, data_dir=str(folder) if folder else None)
    except MlError as error:
        raise InvalidSpec(str(error), field="dataset") from error


def split_bounds_of(field: str, split: str, dataset: DatasetDescription) -> tuple[str, int, int]:
    """A split's name, start and stop, for a field of any name.

    Raises:
        InvalidSpec: no such split, or nothing in it; names ``field``.
    """
    try:
        return split_bounds(split, sizes=dict(dataset.splits))
    except InvalidSpec as error:
        raise InvalidSpec(f"{dataset.name}: {error}", field=field) from error
