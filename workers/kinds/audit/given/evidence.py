"""What the functions of an audit look at, put together from what its steps have stored."""

from __future__ import annotations

import numpy as np

from dispatch.housekeeping.heatmaps import read_heatmaps_removed
from ml.audit.shortcuts.suspicion import Evidence
from workers.kinds.audit.given.explained_maps import Maps, explained_maps, why_no_maps
from workers.kinds.audit.given.mended_pictures import mended_pictures
from workers.kinds.audit.given.seen_images import NO_LABEL, SeenImages, seen_images
from workers.kinds.audit.given.step_files import read_report
from workers.kinds.audit.stages import EXPLANATION, TRAINING, steps_of
from workers.step.step_context import StepContext


def audited_images(context: StepContext) -> SeenImages | None:
    """The readable images of the audited split."""
    steps = [shard.step for shard in context.plan.shards]
    return seen_images(context.job.id, steps, context.services.store)


def training_images(context: StepContext) -> SeenImages | None:
    """The readable images of the training split, if it is looked at."""
    return seen_images(context.job.id, steps_of(context.plan.steps, TRAINING), context.services.store)


def maps_of(context: StepContext, seen: SeenImages) -> tuple[Maps | None, str]:
    """The maps of the explanation, or None and why there are none."""
    store = context.services.store
    values = read_report(context.job.id, EXPLANATION, store).values
    job_id, problem = str(values["job_id"]), str(values["left_out"])
    if problem:
        return None, problem
    removed = read_heatmaps_removed(job_id, store)
    if removed is not None:
        return None, f"the maps of explanation {job_id} were removed ({removed.why})"
    mended = mended_pictures(context.job.id, job_id, store)
    maps = explained_maps(job_id, seen, store, check=context.pulse.check, mended=mended)
    return maps, "" if maps is not None else why_no_maps(job_id, store)


def evidence_of(seen: SeenImages, maps: Maps | None) -> Evidence:
    """All that suspicions are found in; true classes are None where none is known."""
    return Evidence(
        maps=maps,
        features=seen.features.astype(np.float32),
        cues=seen.cues,
        predicted=seen.predicted,
        true=seen.labels if (seen.labels != NO_LABEL).any() else None,
    )
