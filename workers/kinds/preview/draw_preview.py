"""The one step of a preview: read a few images, vary them as training would, draw them side by side."""

from __future__ import annotations

from collections.abc import Iterator

from jobs.errors import InvalidSpec, Permanent
from jobs.models.artifact import Artifact
from jobs.plan import split_bounds
from jobs.results.report import Report
from jobs.specs.preview_spec import PreviewSpec
from ml.data.datasets import DatasetDescription, Example, describe, read
from ml.data.example import label_problem
from ml.errors import MlError
from ml.figures.preview_figure import preview_png
from ml.training.augmentation import Augmentation
from ml.training.mixing import Mixing
from ml.training.preview import PreviewOptions, augment_examples, sample_positions
from workers.inputs.image_folders import folder_of_step
from workers.step.step_context import StepContext

NAME, PNG = "figures/preview.png", "image/png"


def draw_preview(context: StepContext) -> Report:
    """Draw and store ``figures/preview.png``.

    Raises:
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
        Permanent: not one image can be shown.
    """
    spec = context.job.spec
    if not isinstance(spec, PreviewSpec):
        raise InvalidSpec("only a preview shows what training would see")
    description = describe(
        spec.dataset, data_dir=context.services.folders.data_dir, folder=folder_of_step(spec.dataset, context)
    )
    examples = [(each, _refusal(each, description)) for each in _examples(context, spec, description)]
    refused = tuple((example.image_id, reason) for example, reason in examples if reason is not None)
    usable = [example for example, reason in examples if reason is None]
    return context.report(
        artifacts=(_stored(context, _drawn(context, spec, usable, description.class_names)),),
        skipped=refused,
        values={"images": len(usable)},
    )


def _examples(context: StepContext, spec: PreviewSpec, description: DatasetDescription) -> Iterator[Example]:
    """Images from all over the split, read one by one."""
    data_dir, folder = context.services.folders.data_dir, folder_of_step(spec.dataset, context)
    name, start, stop = split_bounds(spec.split, sizes=dict(description.splits))
    for done, place in enumerate(sample_positions(stop - start, spec.images, seed=spec.seed)):
        context.pulse.check()
        context.pulse.progress(done, message="reading")
        at = start + place
        yield from read(spec.dataset, name, start=at, stop=at + 1, data_dir=data_dir, folder=folder)


def _drawn(context: StepContext, spec: PreviewSpec, usable: list[Example], class_names: tuple[str, ...]) -> bytes:
    context.pulse.progress(len(usable), message="drawing")
    try:
        pairs = augment_examples(usable, class_names, _options(spec))
    except MlError as error:
        raise Permanent(str(error)) from error
    mixed = "" if spec.mixing.kind == "none" else f", mixing {spec.mixing.kind}"
    title = f"{spec.dataset}, {spec.split}, seed {spec.seed}; above: originals; below: pipeline {spec.pipeline}{mixed}"
    return preview_png(pairs, title=title)


def _options(spec: PreviewSpec) -> PreviewOptions:
    strengths = Augmentation(**spec.augmentation.model_dump()) if spec.pipeline == "augmented" else None
    return PreviewOptions(strengths, Mixing(**spec.mixing.model_dump()), spec.image_size, spec.seed)


def _stored(context: StepContext, data: bytes) -> Artifact:
    info = context.services.store.put(context.key(NAME), data, content_type=PNG)
    return Artifact(name=NAME, key=info.key, size=info.size, sha256=info.sha256 or "", content_type=PNG)


def _refusal(example: Example, description: DatasetDescription) -> str | None:
    if example.error is not None or example.image is None:
        return example.error or "the image could not be read"
    return label_problem(example.label, classes=len(description.class_names))
