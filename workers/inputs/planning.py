"""Looks up data sets and splits while a job is planned, and names the field to mend where one does not exist."""

from __future__ import annotations

from collections.abc import Sequence

from jobs.errors import InvalidSpec
from jobs.listings.image_listing import ALL
from jobs.models.model import PublishedModel
from jobs.names.dataset_place import place_of
from jobs.plan import split_bounds
from ml.data.datasets import DatasetDescription
from ml.errors import BadOption, MlError
from workers.inputs.class_names import disagreement, spelling
from workers.inputs.dataset_source import dataset_source
from workers.step.job_kind import PlanContext

SplitBounds = tuple[str, int, int]
"""A split's name, start and stop."""


def described(
    dataset: str, context: PlanContext, *, label: str | None, class_names: Sequence[str] | None = None
) -> DatasetDescription:
    """Classes and splits of a data set.

    Args:
        dataset: any name of a data set.
        context: of the job that will read it.
        label: which feature of the data set holds the labels; None: the only one, or the one that is called so.
        class_names: of the model that will see it, by which a folder's pictures are labelled.

    Raises:
        InvalidSpec: it does not exist, or is not to be had, or it has several labels and none was chosen.
    """
    source = dataset_source(dataset, context.job, context.services, class_names=class_names, label=label)
    try:
        return source.describe()
    except MlError as error:
        field = error.field if isinstance(error, BadOption) else "dataset"
        raise InvalidSpec(str(error), field=field) from error


def labels_left_out(model: PublishedModel, dataset: DatasetDescription) -> str:
    """Why the labels of a data set are not used with this model; empty if they are."""
    strange = disagreement(model.class_names, dataset.class_names)
    return f"model and data set {strange}" if strange else dataset.labels_left_out


def spelling_apart(model: PublishedModel, dataset: DatasetDescription) -> str:
    """How model and data set spell the same classes differently; empty if they do not."""
    theirs = dataset.own_names or dict(enumerate(dataset.class_names[: len(model.class_names)]))
    return spelling(model.class_names, theirs)


def split_bounds_of(field: str, split: str, dataset: DatasetDescription) -> SplitBounds:
    """A split's name, start and stop, for a field of any name.

    Raises:
        InvalidSpec: no such split, or nothing in it; names ``field``.
    """
    return split_bounds(split, sizes=dataset.splits, dataset=dataset.name, field=field)


def have_common_images(first: SplitBounds, second: SplitBounds, *, dataset: str) -> bool:
    """Whether two slices share images; of pictures that users put somewhere, ``all`` holds those of every split."""
    if first[0] != second[0]:
        return bool(place_of(dataset)) and ALL in {first[0], second[0]}
    return max(first[1], second[1]) < min(first[2], second[2])
