"""The last stage of an audit: gathers what the others found, and stores the pictures that show it."""

from __future__ import annotations

import json
from importlib.resources import files

from jobs.results.finding import Blindness, ByExample, Effect, Finding, Findings, LeftOut, worst_first
from jobs.results.report import Report
from jobs.specs.audit_spec import LOOKS, AuditSpec
from ml.audit.shortcuts.confirmation import Confirmation
from ml.evaluation.predictions import wilson_interval
from workers.kinds.audit.data.likeness import likeness
from workers.kinds.audit.given.evidence import audited_images, training_images
from workers.kinds.audit.given.looked_at import SplitImages
from workers.kinds.audit.given.seen_images import SeenImages
from workers.kinds.audit.given.step_files import JSON, read_report, step_json
from workers.kinds.audit.report.audit_page import MOST_EXAMPLES
from workers.kinds.audit.report.evidence_pictures import EvidencePictures
from workers.kinds.audit.shortcuts.shortcut_findings import shortcut_findings
from workers.kinds.audit.shortcuts.suspected import read_confirmation, read_suspicion
from workers.kinds.audit.stages import CONFIRMATION, DATA, EXPLANATION, SUSPICIONS, await_steps, steps_of
from workers.step.step_context import StepContext

FINDINGS_FILE = "findings.json"
CANNOT_SEE = (
    "A shortcut that all classes share, or that no image of the split shows, cannot be found.",
    "What is suspected is only what differs between classes at a place, in the picture as a whole, or in the model's "
    "own features.",
    "An intervention changes rectangles and whole pictures; what belongs to the object itself is not told from it.",
)


def draw_up_findings(spec: AuditSpec, context: StepContext) -> Report:
    """Store ``findings.json`` and its pictures.

    Raises:
        Waiting: another stage is not done.
    """
    await_steps(context, [step for step in context.plan.steps if step != context.step])
    context.pulse.progress(0, message="drawing up the findings")
    seen, training = audited_images(context), training_images(context)
    data = (step_json(context, DATA) if DATA in context.plan.steps else None) or {}
    suspected, missed = _shortcuts(spec, context, seen)
    findings = worst_first([*suspected, *(Finding.model_validate(each) for each in data.get("findings", ()))])
    left_out = [*missed, *(LeftOut.model_validate(each) for each in data.get("left_out", ())), *_not_asked(spec)]
    examples = [ByExample.model_validate(each) for each in data.get("by_example", ())]
    alike = likeness(spec, context, seen, training, examples[:MOST_EXAMPLES]) if seen and training else {}
    pictures = EvidencePictures(spec, context, seen, training)
    found = Findings(
        job_id=context.job.id,
        model_id=context.plan.used_model.id,
        dataset=spec.dataset,
        split=spec.split,
        training_split=spec.training_split if training else None,
        explanation=_explanation(context),
        images=len(seen) if seen else 0,
        training_images=len(training) if training else 0,
        accuracy=_accuracy(seen) if seen else None,
        findings=pictures.of_findings(findings),
        by_example=pictures.by_example(examples, alike),
        left_out=tuple(left_out),
        cannot_see=blindness(),
    )
    document = context.files.put(f"{context.step}/{FINDINGS_FILE}", found.encode(), JSON)
    return context.report(artifacts=(document, *pictures.stored))


def blindness() -> Blindness:
    """What was measured of audits on planted shortcuts; nothing where nothing was."""
    stored = files("ml.audit.shortcuts") / "detection.json"
    measured = json.loads(stored.read_text()) if stored.is_file() else {}
    return Blindness.model_validate({**measured, "words": CANNOT_SEE})


def _shortcuts(spec: AuditSpec, context: StepContext, seen: SeenImages | None) -> tuple[list[Finding], list[LeftOut]]:
    if SUSPICIONS not in context.plan.steps:
        return [], []
    document = step_json(context, SUSPICIONS)
    left_out = [LeftOut(what=what, why=why) for what, why in document["left_out"]]
    if seen is None:
        return [], left_out
    names = context.plan.used_model.class_names
    return shortcut_findings(_confirmations(context), SplitImages(spec.split, seen), names), left_out


def _confirmations(context: StepContext) -> list[Confirmation]:
    """The confirmations, in the order of the suspicions."""
    suspected = [read_suspicion(each) for each in step_json(context, SUSPICIONS)["suspicions"]]
    found = [each for step in steps_of(context.plan.steps, CONFIRMATION) for each in step_json(context, step) or ()]
    return [read_confirmation(each, suspected[each["number"]]) for each in sorted(found, key=lambda one: one["number"])]


def _not_asked(spec: AuditSpec) -> list[LeftOut]:
    return [LeftOut(what=look, why="the audit was not asked to") for look in LOOKS if look not in spec.looks_for]


def _explanation(context: StepContext) -> str | None:
    if EXPLANATION not in context.plan.steps:
        return None
    return str(read_report(context.job.id, EXPLANATION, context.services.store).values["job_id"])


def _accuracy(seen: SeenImages) -> Effect | None:
    labelled = seen.rows(seen.labels >= 0)
    if not len(labelled):
        return None
    right, count = int((labelled.predicted == labelled.labels).sum()), len(labelled)
    low, high = wilson_interval(right, count)
    return Effect(what="predicted correctly", value=right / count, low=low, high=high, n=count)
