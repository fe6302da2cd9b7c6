"""Deletes, restores and archives jobs and models. A model is part of its job: they go and come together."""

from __future__ import annotations

from fastapi import APIRouter

from api.backend import Backend, BackendOf
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.routes.housekeeping.deletion import (
    REFUSED,
    TOO_LATE,
    AffectedJobs,
    DeletedPage,
    RestoredPage,
    WithDependents,
    affected,
    archive_thing,
    delete_thing,
    restore_thing,
)
from api.routes.jobs import UNREADABLE, JobId
from api.routes.models import ModelId, ModelResource, find_model, model_resource
from jobs.housekeeping.thing import job_thing
from jobs.job import JobResource

router = APIRouter(prefix="/v1", tags=["housekeeping"])


@router.get("/jobs/{job_id}/dependents", responses=problems(404, 422, 503))
def get_dependents(job_id: JobId, backend: BackendOf) -> AffectedJobs:
    """What goes with a job when it is deleted: the jobs that it has started, and those that use it or its model."""
    backend.jobs.row(job_id, live=False)
    return affected([job_thing(job_id)], backend)


@router.delete(f"/jobs/{{job_id:{NOUN}}}", responses=problems(404, 422, 503, p409=REFUSED))
def delete_job(job_id: JobId, backend: BackendOf, with_dependents: WithDependents = False) -> DeletedPage:
    """Delete a job that is over, with its results and its model. It can be restored within a day."""
    backend.jobs.row(job_id, live=False)
    return delete_thing(job_thing(job_id), backend, with_dependents=with_dependents)


@router.post("/jobs/{job_id}:restore", responses=problems(404, 422, 503, p409=TOO_LATE))
def restore_job(job_id: JobId, backend: BackendOf) -> RestoredPage:
    """Bring back a job that was deleted within the last day, and all that was deleted with it."""
    return restore_thing(job_thing(job_id), backend)


@router.post("/jobs/{job_id}:archive", responses=problems(404, 422, 503, p409=UNREADABLE))
def archive_job(job_id: JobId, backend: BackendOf) -> JobResource:
    """Leave a job out of the lists; it can be read and used as before, and no rule of retention touches it."""
    return set_job_archived(job_id, backend, archived=True)


@router.post("/jobs/{job_id}:unarchive", responses=problems(404, 422, 503, p409=UNREADABLE))
def unarchive_job(job_id: JobId, backend: BackendOf) -> JobResource:
    """Have lists show a job again."""
    return set_job_archived(job_id, backend, archived=False)


def set_job_archived(job_id: str, backend: Backend, *, archived: bool) -> JobResource:
    """Archive a job, or take it out of the archive.

    Raises:
        ObjectNotFound: there is no such job.
    """
    backend.jobs.row(job_id, live=False)
    archive_thing(job_thing(job_id), backend, archived=archived)
    return backend.jobs.row(job_id, live=False)


@router.get("/models/{model_id}/dependents", responses=problems(404, 422, 503))
def get_model_dependents(model_id: ModelId, backend: BackendOf) -> AffectedJobs:
    """What goes with a model when it is deleted."""
    return affected([job_thing(find_model(backend, model_id).id)], backend)


@router.delete(f"/models/{{model_id:{NOUN}}}", responses=problems(404, 422, 503, p409=REFUSED))
def delete_model(model_id: ModelId, backend: BackendOf, with_dependents: WithDependents = False) -> DeletedPage:
    """Delete a model together with the job that made it. It can be restored within a day."""
    return delete_thing(job_thing(find_model(backend, model_id).id), backend, with_dependents=with_dependents)


@router.post("/models/{model_id}:restore", responses=problems(404, 422, 503, p409=TOO_LATE))
def restore_model(model_id: ModelId, backend: BackendOf) -> RestoredPage:
    """Bring back a model and the job that made it."""
    return restore_thing(job_thing(model_id), backend)


@router.post("/models/{model_id}:archive", responses=problems(404, 422, 503, p409=UNREADABLE))
def archive_model(model_id: ModelId, backend: BackendOf) -> ModelResource:
    """Leave a model and its job out of the lists; it can be used as before."""
    return _set_model_archived(model_id, backend, archived=True)


@router.post("/models/{model_id}:unarchive", responses=problems(404, 422, 503, p409=UNREADABLE))
def unarchive_model(model_id: ModelId, backend: BackendOf) -> ModelResource:
    """Have lists show a model and its job again."""
    return _set_model_archived(model_id, backend, archived=False)


def _set_model_archived(model_id: str, backend: Backend, *, archived: bool) -> ModelResource:
    model = find_model(backend, model_id)
    archive_thing(job_thing(model.id), backend, archived=archived)
    return model_resource(model)
