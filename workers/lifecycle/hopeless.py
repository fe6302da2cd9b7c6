"""Gives up a step that ends every worker that takes it."""

from __future__ import annotations

from dispatch.lease import Lease
from jobs.errors import Permanent
from jobs.plan import FINALIZE, PLAN, Plan
from workers.inputs.poison_images import deaths_by_images
from workers.step.services import Services

MAX_DEATHS = 5


class Hopeless(Permanent):
    """A step ended too many workers.

    Attributes:
        bare: it did so again while its job was to be ended with all that is worth keeping: keep nothing.
    """

    def __init__(self, message: str, *, bare: bool) -> None:
        super().__init__(message)
        self.bare = bare


def refuse_hopeless(lease: Lease, services: Services, deaths: int, *, plan: Plan | None = None) -> None:
    """Let a step be worked on, unless it ended too many workers.

    Args:
        lease: of the step.
        services: of this worker.
        deaths: earlier attempts whose worker died.
        plan: of the job, where the step is one of its own; deaths on one certain image then do not count, as that
            image is left out.

    Raises:
        Hopeless: it ended too many.
    """
    if deaths < MAX_DEATHS:
        return
    unexplained = deaths - (deaths_by_images(lease.job_id, lease.step, services.store) if plan else 0)
    if unexplained >= MAX_DEATHS:
        raise Hopeless(_why(lease.step, plan, deaths, unexplained), bare=unexplained > MAX_DEATHS)


def _why(step: str, plan: Plan | None, deaths: int, unexplained: int) -> str:
    if step in {PLAN, FINALIZE}:
        work = "planning the job" if step == PLAN else "making the files of the job as a whole"
        return (
            f"{work} ended its worker {deaths} times: the workers' log may tell why; most often their memory does not "
            "suffice. What the steps of the job have stored stays where it is"
        )
    if plan is not None and not plan.shards:
        return f"{step} ended its worker {deaths} times without getting any further in between"
    return (
        f"{step} ended its worker {unexplained} times, and no single image is to blame: the workers' log may "
        "tell why; most often their memory does not suffice for the model"
    )
