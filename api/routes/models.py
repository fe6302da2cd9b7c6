"""Models that explanations can name."""

from __future__ import annotations

from fastapi import APIRouter
from pydantic import BaseModel

from api.backend import BackendOf
from api.examples import problems
from api.routes.jobs import After, Limit
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.model import PublishedModel
from store.key import InvalidKey

router = APIRouter(prefix="/v1/models", tags=["models"])


class ModelPage(BaseModel):
    """One page of models, the last by id first: ids sort by time."""

    items: list[PublishedModel]
    next: str | None


@router.get("", responses=problems(422, 503))
def list_models(backend: BackendOf, limit: Limit = 50, after: After = None) -> ModelPage:
    """Published models, newest first."""
    listed = backend.store.list(keys.MODELS_PREFIX)
    ids = sorted((info.key.removeprefix(keys.MODELS_PREFIX).removesuffix(".json") for info in listed), reverse=True)
    rest = [model_id for model_id in ids if after is None or model_id < after]
    items = [backend.reports.model(model_id) for model_id in rest[:limit]]
    return ModelPage(items=items, next=rest[limit - 1] if len(rest) > limit else None)


@router.get("/{model_id}", responses=problems(404, 422, 503))
def get_model(model_id: str, backend: BackendOf) -> PublishedModel:
    """One model: how it was trained and how well it does."""
    try:
        return backend.reports.model(model_id)
    except (ObjectNotFound, InvalidKey) as error:
        raise ObjectNotFound(f"there is no model {model_id!r}: GET /v1/models lists those there are") from error
