"""Runs a step of an audit by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from jobs.results.report import Report
from jobs.specs.audit_spec import AuditSpec
from workers.kinds.audit.data.check_data import check_data
from workers.kinds.audit.given.explanation import follow_explanation
from workers.kinds.audit.look_at_images import look_at_shard, look_at_training
from workers.kinds.audit.report.draw_up_findings import draw_up_findings
from workers.kinds.audit.shortcuts.confirm_suspicions import confirm_suspicions
from workers.kinds.audit.shortcuts.find_suspicions import find_suspicions
from workers.kinds.audit.stages import CONFIRMATION, DATA, EXPLANATION, FINDINGS, SUSPICIONS, TRAINING
from workers.step.step_context import StepContext

_STAGES: Mapping[str, Callable[[AuditSpec, StepContext], Report]] = {
    TRAINING: look_at_training,
    EXPLANATION: follow_explanation,
    SUSPICIONS: find_suspicions,
    CONFIRMATION: confirm_suspicions,
    DATA: check_data,
    FINDINGS: draw_up_findings,
}


def run_stage(spec: AuditSpec, context: StepContext) -> Report:
    """A shard, or the stage that the step is named after.

    Raises:
        Waiting: another step has to be done first.
        Interruption: the job is to stop, the lease was lost, or the worker leaves.
    """
    return _STAGES.get(context.step.partition("-")[0], look_at_shard)(spec, context)
