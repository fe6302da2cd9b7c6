"""Submits, lists, shows and cancels jobs."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Header, HTTPException, Path, Query, Response
from fastapi.openapi.models import Example
from pydantic import BaseModel

from api.backend import Backend, BackendOf
from api.http.caller import current_caller
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.readers.jobs.job_query import NEWEST, JobQuery, JobSort
from api.submission.spec_check import SpecCheck
from api.submission.wish_check import wish_of
from dispatch.submission import NO_WISH, request_cancel, submit
from jobs.errors import BoardUnavailable
from jobs.job import USER, JobResource, Origin
from jobs.specs.spec import SPECS, AnySpec, KindName, Spec
from jobs.state import JobState
from jobs.turns.turn import Wish

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])

JobId = Annotated[str, Path(description="The job's `id`.", max_length=64)]
Limit = Annotated[int, Query(ge=1, le=500, description="At most so many.")]
After = Annotated[str | None, Query(max_length=500, description="`next` of the page before.")]
IdempotencyKey = Annotated[
    str | None,
    Header(min_length=1, max_length=255, description="The same key gives the same job, however often it is sent."),
]
WishOf = Annotated[Wish, Depends(wish_of)]
UNREADABLE = "What is stored of it is damaged, or a later release wrote it: `detail` says which."
EXAMPLES: dict[str, Example] = {
    spec.kind_name(): {"summary": spec.example.summary, "value": spec.example.document} for spec in SPECS
}


class JobPage(BaseModel):
    """One page of jobs, newest first."""

    items: list[JobResource]
    next: str | None


@router.post(
    "",
    status_code=202,
    responses=problems(400, 422, 503, p409="The Idempotency-Key belongs to another specification."),
)
def submit_job(
    spec: Annotated[Spec, Body(openapi_examples=EXAMPLES)],
    response: Response,
    backend: BackendOf,
    wish: WishOf,
    idempotency_key: IdempotencyKey = None,
) -> JobResource:
    """Take a job in. It is stored before this answers; what is wrong with it is said at once where possible."""
    SpecCheck(backend.store, backend.jobs, backend.reports, backend.datasets).check(spec)
    return accept_job(spec, response, backend, idempotency_key=idempotency_key, wish=wish)


def accept_job(
    spec: AnySpec,
    response: Response,
    backend: Backend,
    *,
    idempotency_key: str | None,
    origin: Origin = USER,
    wish: Wish = NO_WISH,
) -> JobResource:
    """Store and enqueue a job of the caller's project; the answer says where it is."""
    caller = current_caller()
    project = caller.project if origin == USER else origin.project
    owned = origin.model_copy(update={"submitter": caller.name, "project": project})
    with backend.quotas.reserved(spec, project=project, idempotency_key=idempotency_key) as reserved:
        submission = submit(
            spec,
            store=backend.store,
            board=backend.board,
            queue=backend.queue,
            idempotency_key=idempotency_key,
            origin=owned,
            wish=wish,
        )
        reserved.confirm(submission)
    job = _accepted(submission.job.id, backend)
    response.headers["Location"] = job.links["self"]
    return job


def _accepted(job_id: str, backend: Backend) -> JobResource:
    """A job that is stored, and so taken in, whether or not the board answers any more."""
    try:
        return backend.jobs.resource(job_id)
    except BoardUnavailable:
        return backend.jobs.resource(job_id, live=False)


@router.get("", responses=problems(422, 503))
def list_jobs(
    backend: BackendOf,
    *,
    kind: KindName | None = None,
    state: JobState | None = None,
    parent: Annotated[
        str | None, Query(max_length=64, description="Only the trials of this sweep; empty: no trials.")
    ] = None,
    q: Annotated[
        str,
        Query(max_length=200, description="Words that all stand in id, kind, name, data set, model or tags."),
    ] = "",
    tag: Annotated[str | None, Query(max_length=50, description="Only jobs that have this tag.")] = None,
    sort: Annotated[JobSort, Query(description="By which fact; jobs without it come last.")] = NEWEST,
    archived: Annotated[bool, Query(description="The archived jobs; without it, the others.")] = False,
    limit: Limit = 50,
    after: After = None,
) -> JobPage:
    """Jobs, newest first if nothing else is asked for.

    One whose documents cannot be read is listed too: its `kind` is `unknown`, and its `error` says why.
    """
    query = JobQuery(
        kind=kind, state=state, parent=parent, limit=limit, after=after, text=q, tag=tag, sort=sort, archived=archived
    )
    jobs, following = backend.jobs.page(query)
    return JobPage(items=jobs, next=following)


@router.post(
    "/{job_id}:cancel",
    status_code=202,
    responses=problems(404, 422, 503, p409="The job is over, and was not cancelled."),
)
def cancel_job(job_id: JobId, response: Response, backend: BackendOf) -> JobResource:
    """Ask a job to stop; what it has done stays readable. Asking again is fine, also once it is cancelled.

    A job that cannot be read, and that no worker can take up, ends so too.
    """
    job = backend.jobs.row(job_id, live=False)
    if job.state is JobState.CANCELLED:
        return job
    if job.state.terminal:
        raise HTTPException(409, f"job {job_id} is over, it is {job.state.value}: there is nothing to cancel")
    request_cancel(job_id, store=backend.store, board=backend.board, queue=backend.queue)
    response.headers["Location"] = job.links["self"]
    return backend.jobs.row(job_id)


@router.get(f"/{{job_id:{NOUN}}}", responses=problems(404, 422, 503, p409=UNREADABLE))
def get_job(job_id: JobId, backend: BackendOf) -> JobResource:
    """One job: its state, its progress, what was asked for and what came of it."""
    return backend.jobs.resource(job_id)
