"""The models that jobs name: published ones, and those of training jobs."""

from __future__ import annotations

from jobs import keys
from jobs.errors import InvalidSpec, ObjectNotFound
from jobs.job import JobEnd
from jobs.models.model import PublishedModel
from jobs.specs.spec_values import UsesModel
from jobs.state import USABLE
from workers.step.services import Services


def find_model(spec: UsesModel, services: Services) -> PublishedModel:
    """The model that a job names, published or made by a training job.

    Raises:
        InvalidSpec: there is no such model, or its training failed.
    """
    awaited = spec.training_job_id
    if awaited is not None:
        try:
            end = JobEnd.decode(services.store.get(keys.end(awaited)))
        except ObjectNotFound:
            raise InvalidSpec(f"model {spec.model!r}: there is no job {awaited}", field="model") from None
        if end.state not in USABLE:
            reason = end.error.message if end.error else "it left no model"
            raise InvalidSpec(f"model {spec.model!r}: that job ended {end.state.value}: {reason}", field="model")
    try:
        return PublishedModel.decode(services.store.get(keys.model(awaited or spec.model)))
    except ObjectNotFound:
        raise InvalidSpec(f"model {spec.model!r} does not exist", field="model") from None
