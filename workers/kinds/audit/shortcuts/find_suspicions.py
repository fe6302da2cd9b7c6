"""The stage of an audit that finds what the model may have made a shortcut of."""

from __future__ import annotations

from jobs.results.report import Report
from jobs.specs.audit_spec import AuditSpec
from ml.audit.shortcuts.suspicions import suspicions
from workers.inputs.step_inputs import dataset_of_step
from workers.kinds.audit.given.evidence import audited_images, evidence_of, maps_of
from workers.kinds.audit.given.seen_images import SeenImages
from workers.kinds.audit.given.split_pictures import SplitPictures
from workers.kinds.audit.given.step_files import put_json
from workers.kinds.audit.shortcuts.suspected import suspicion_json
from workers.kinds.audit.stages import EXPLANATION, await_steps
from workers.step.step_context import StepContext

SHORTCUTS = "shortcuts"


def find_suspicions(spec: AuditSpec, context: StepContext) -> Report:
    """Store ``suspicions.json``: the strongest suspicions, and what could not be looked for.

    Raises:
        Waiting: the images, or their explanation, are not ready.
    """
    await_steps(context, (*(shard.step for shard in context.plan.shards), EXPLANATION))
    context.pulse.progress(0, message="looking for what sets classes apart")
    seen = audited_images(context)
    left_out = [] if seen is None or len(set(seen.predicted.tolist())) > 1 else [(SHORTCUTS, ONE_CLASS)]
    if seen is None:
        left_out.append((SHORTCUTS, "not one image can be read"))
    if seen is None or left_out:
        return context.report(artifacts=(put_json(context, {"suspicions": [], "left_out": left_out}),))
    maps, problem = maps_of(context, seen)
    if problem:
        left_out.append(("shortcuts by their place in maps", problem))
    pictures = pictures_of(spec, context, seen)
    found = suspicions(evidence_of(seen, maps), pictures=pictures, seed=spec.seed)
    document = {"suspicions": [suspicion_json(each) for each in found], "left_out": left_out}
    return context.report(artifacts=(put_json(context, document),), values={"suspicions": len(found)})


ONE_CLASS = "all images are predicted as one class, so there is nothing that it could be told from"


def pictures_of(spec: AuditSpec, context: StepContext, seen: SeenImages) -> SplitPictures:
    """The audited images, to be read again one by one."""
    return SplitPictures(
        dataset_of_step(spec.dataset, context, label=spec.label),
        str(context.plan.split),
        seen,
        size=context.plan.used_model.height_and_width,
        check=context.pulse.check,
    )
