"""The stages of an audit by name, which of them a specification asks for, and what each waits for."""

from __future__ import annotations

from collections.abc import Iterable

from jobs import keys
from jobs.plan import Stage, stages
from jobs.specs.audit_spec import AuditSpec
from workers.step.interruption import Waiting
from workers.step.step_context import StepContext

TRAINING = "training"
EXPLANATION, SUSPICIONS, CONFIRMATION, DATA, FINDINGS = "explanation", "suspicions", "confirmation", "data", "findings"
CONFIRMATIONS = 4
"""Steps that share the suspicions of an audit."""
LOOK_AGAIN_S = 1.0


def stages_of(spec: AuditSpec, training: tuple[str, int, int] | None, *, size: int) -> tuple[Stage, ...]:
    """The stages after the shards, in the order in which they rest on each other.

    Args:
        training: name, start and stop of the training split, if it is looked at.
        size: images of a stage that looks at some.
    """
    confirmations = [f"{CONFIRMATION}-{number:05d}" for number in range(CONFIRMATIONS)]
    shortcuts, data = "shortcuts" in spec.looks_for, set(spec.looks_for) != {"shortcuts"}
    looks = [EXPLANATION] * shortcuts + [DATA] * data + [SUSPICIONS, *confirmations] * shortcuts
    trained_on = stages(TRAINING, *training, size=size) if training else ()
    return (*trained_on, *(Stage(step=step) for step in (*looks, FINDINGS)))


def steps_of(names: Iterable[str], kind: str) -> list[str]:
    """Those of these steps that are of one kind: ``training-00000`` and ``training-00001`` of ``training``."""
    return [name for name in names if name == kind or name.startswith(f"{kind}-")]


def await_steps(context: StepContext, steps: Iterable[str]) -> None:
    """Let the stage pass once these steps are done.

    Raises:
        Waiting: one is not.
    """
    context.pulse.check()
    job_id = context.job.id
    done = {keys.step_of_report(info.key) for info in context.services.store.list(keys.reports(job_id))}
    missing = [step for step in steps if step not in done]
    if missing:
        context.services.board.counters.reset_attempts(job_id, context.step)
        raise Waiting(f"{context.step} waits for {missing[0]}", delay_s=LOOK_AGAIN_S)
