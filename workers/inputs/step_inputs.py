"""The images of a step: its data set, and the examples of its shard."""

from __future__ import annotations

from dataclasses import replace

from jobs import keys
from ml.data.image_size import ImageSize
from workers.inputs.dataset_source import DatasetSource, dataset_source
from workers.inputs.poison_images import PoisonImages
from workers.inputs.shard_examples import ShardExamples
from workers.step.step_context import StepContext

# One death may have any cause; from the second on, each image is noted before it is read.
_CAREFUL_AFTER_DEATHS = 2


def dataset_of_step(dataset: str, context: StepContext, *, label: str | None) -> DatasetSource:
    """The data set of a step; pictures of a folder are labelled as the plan's model counts its classes."""
    model = context.plan.model
    class_names = model.class_names if model else None
    return dataset_source(dataset, context.job, context.services, class_names=class_names, label=label)


def examples_of_shard(
    dataset: str, context: StepContext, *, label: str | None, image_size: ImageSize | None
) -> ShardExamples:
    """The images of the step's shard; read one by one after several deaths, to find the image that causes them.

    Args:
        dataset: its name.
        context: of the step.
        label: which feature of the data set holds the labels; None: the only one, or the one that is called so.
        image_size: what is needed; None: images keep their size.
    """
    shard = context.plan.shard(context.step)
    places = range(shard.start, shard.stop)
    source = dataset_of_step(dataset, context, label=label)
    return _examples(source, context, str(context.plan.split), places, image_size=image_size)


def examples_of_stage(
    dataset: str, context: StepContext, *, label: str | None, image_size: ImageSize | None
) -> ShardExamples:
    """The images of a stage that looks at another split; otherwise as ``examples_of_shard``."""
    stage = context.plan.stage(context.step)
    places = range(stage.start, stage.stop)
    source = dataset_of_step(dataset, context, label=label)
    return _examples(source, context, str(stage.split), places, image_size=image_size)


def _examples(
    source: DatasetSource, context: StepContext, split: str, places: range, *, image_size: ImageSize | None
) -> ShardExamples:
    poison = None
    if context.deaths >= _CAREFUL_AFTER_DEATHS:
        poison = PoisonImages(context.services.store, keys.suspect(context.job.id, context.step), deaths=context.deaths)
        source = replace(source, folder=source.folder.one_at_a_time() if source.folder else None)
    return ShardExamples(
        source=source,
        split=split,
        places=places,
        labelled=not context.plan.labels_left_out,
        image_size=image_size,
        check=context.pulse.check,
        poison=poison,
    )
