"""Shows the pages of published models: all of them, and one with its curves and its card."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api.backend import BackendOf
from api.pages.curve import learning_curves
from api.pages.templates import render
from api.routes.models import ModelId, file_links, find_model, read_models
from jobs.models.model import PublishedModel
from store.base import ObjectStore

router = APIRouter(include_in_schema=False)
MODELS_PER_PAGE = 50
CARD = "model_card.md"


@router.get("/models")
def show_models(
    request: Request, backend: BackendOf, after: Annotated[str | None, Query(max_length=200)] = None
) -> HTMLResponse:
    """A table of models, newest first."""
    models, unreadable, following = read_models(backend, limit=MODELS_PER_PAGE, after=after)
    context = {"models": models, "unreadable": unreadable, "next": following, "after": after}
    return render(request, "models.html", context)


@router.get("/models/{model_id}")
def show_model(model_id: ModelId, request: Request, backend: BackendOf) -> HTMLResponse:
    """One model: how well it does, how it learnt, its card."""
    model = find_model(backend, model_id)
    context = {
        "model": model,
        "links": file_links(model),
        "charts": learning_curves(model.history),
        "card": _card(model, backend.store),
    }
    return render(request, "model.html", context)


def _card(model: PublishedModel, store: ObjectStore) -> str | None:
    file = next((file for file in model.files if file.name == CARD), None)
    return store.get(file.key).decode() if file else None
