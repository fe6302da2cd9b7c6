"""The step of a preview: read a few images, augment them as training does, draw both side by side."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.errors import Permanent
from jobs.plan import split_bounds
from jobs.results.report import Report
from jobs.specs.preview_spec import PreviewSpec
from ml.data.datasets import DatasetDescription, Example
from ml.data.example import label_problem
from ml.errors import MlError
from ml.figures.preview_figure import preview_png
from ml.training.augmentation.mixing import Mixing
from ml.training.augmentation.strengths import Augmentation
from ml.training.preview import PreviewOptions, augment_examples, sample_positions
from workers.inputs.dataset_source import DatasetSource
from workers.inputs.step_inputs import dataset_of_step
from workers.step.pulse import Pulse
from workers.step.step_context import StepContext

NAME, PNG = "figures/preview.png", "image/png"


def draw_preview(spec: PreviewSpec, context: StepContext) -> Report:
    """Draw and store ``figures/preview.png``.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
        Permanent: not one image can be shown.
    """
    pulse, source = context.pulse, dataset_of_step(spec.dataset, context, label=spec.label)
    description = source.describe()
    examples = [(each, _refusal(each, description)) for each in _examples(spec, source, pulse)]
    refused = tuple((example.image_id, reason) for example, reason in examples if reason is not None)
    usable = [example for example, reason in examples if reason is None]
    pulse.progress(len(usable), message="drawing")
    picture = _drawn(spec, usable, description.class_names)
    return context.report(
        artifacts=(context.files.put(NAME, picture, PNG),),
        skipped=refused,
        values={"images": len(usable)},
    )


def _examples(spec: PreviewSpec, source: DatasetSource, pulse: Pulse) -> Iterator[Example]:
    """Images from all over the split, read one by one."""
    name, start, stop = split_bounds(spec.split, sizes=dict(source.describe().splits))
    for done, place in enumerate(sample_positions(stop - start, spec.images, seed=spec.seed)):
        pulse.check()
        pulse.progress(done, message="reading")
        yield from source.read(name, start=start + place, stop=start + place + 1)


def _drawn(spec: PreviewSpec, usable: list[Example], class_names: tuple[str, ...]) -> bytes:
    try:
        pairs = augment_examples(usable, class_names, _options(spec))
    except MlError as error:
        raise Permanent(str(error)) from error
    policy = spec.augmentation.policy
    drawn = "" if policy == "none" else f", policy {policy}"
    mixed = "" if spec.mixing.kind == "none" else f", mixing {spec.mixing.kind}"
    below = f"pipeline {spec.pipeline}{drawn}{mixed}"
    title = f"{spec.dataset}, {spec.split}, seed {spec.seed}; above: originals; below: {below}"
    return preview_png(pairs, title=title)


def _options(spec: PreviewSpec) -> PreviewOptions:
    strengths = Augmentation(**spec.augmentation.model_dump()) if spec.pipeline == "augmented" else None
    return PreviewOptions(strengths, Mixing(**spec.mixing.model_dump()), spec.image_size, spec.seed)


def _refusal(example: Example, description: DatasetDescription) -> str | None:
    if example.error is not None or example.image is None:
        return example.error or "the image could not be read"
    return label_problem(example.label, classes=len(description.class_names))
