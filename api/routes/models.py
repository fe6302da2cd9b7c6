"""Lists the published models, and serves their files."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from api.backend import Backend, BackendOf
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.http.stored_file import NO_SUCH_PART, file_responses, stored_file
from api.readers.unreadable import Unreadable
from api.routes.jobs import UNREADABLE, After, Limit
from api.routes.results import Direct
from jobs.errors import Corrupt, NewerVersion, ObjectNotFound, StoreUnavailable
from jobs.models.model import PublishedModel
from jobs.value import SCHEMA_VERSION
from store.key import InvalidKey

router = APIRouter(prefix="/v1/models", tags=["models"])


ModelId = Annotated[str, Path(description="The model's `id`.", max_length=200)]

_PROBLEMS = problems(404, 422, 503, p409=UNREADABLE, p416=NO_SUCH_PART)


class ModelResource(PublishedModel):
    """A model, and where to get its file and what else there is of it."""

    schema_version: int = Field(default=SCHEMA_VERSION, exclude=True)  # of the stored document, not of this answer
    links: dict[str, str]


class UnreadableModel(BaseModel):
    """A model whose document is damaged, refused by the store, or of a later release."""

    id: str
    reason: str


class ModelPage(BaseModel):
    """One page of models, the last by id first: ids sort by time."""

    items: list[ModelResource]
    unreadable: list[UnreadableModel] = Field(default=[], description="Of this page, and not among its items.")
    next: str | None


@router.get("", responses=problems(422, 503))
def list_models(backend: BackendOf, limit: Limit = 50, after: After = None) -> ModelPage:
    """Published models, newest first."""
    found, unreadable, following = read_models(backend, limit=limit, after=after)
    return ModelPage(items=[model_resource(model) for model in found], unreadable=unreadable, next=following)


@router.get(f"/{{model_id:{NOUN}}}", responses=problems(404, 422, 503, p409=UNREADABLE))
def get_model(model_id: ModelId, backend: BackendOf) -> ModelResource:
    """One model: how it was trained and how well it does."""
    return model_resource(find_model(backend, model_id))


@router.get("/{model_id}/file", responses={**file_responses(), **_PROBLEMS})
def get_model_file(model_id: ModelId, request: Request, backend: BackendOf, direct: Direct = False) -> Response:
    """The Keras file; its `ETag` is its SHA-256, which `checkpoint` also tells."""
    model = find_model(backend, model_id)
    return stored_file(request, backend.store, model.checkpoint, direct=direct, download=True)


def read_models(
    backend: Backend, *, limit: int, after: str | None
) -> tuple[list[PublishedModel], list[UnreadableModel], str | None]:
    """One page of models, newest first, those that cannot be read, and the ``after`` of the next page.

    Raises:
        StoreUnavailable: the store does not answer at all.
    """
    rest = [model_id for model_id in backend.models.ids() if after is None or model_id < after]
    found, unreadable = list[PublishedModel](), list[UnreadableModel]()
    for model_id in rest[:limit]:
        try:
            found.append(backend.reports.model(model_id))
        except (Corrupt, NewerVersion) as error:
            unreadable.append(UnreadableModel(id=model_id, reason=str(error)))
        except StoreUnavailable as error:
            backend.store.ping()  # it is this one alone that the store refuses
            unreadable.append(UnreadableModel(id=model_id, reason=str(error)))
    return found, unreadable, rest[limit - 1] if len(rest) > limit else None


def find_model(backend: Backend, model_id: str) -> PublishedModel:
    """The model of this id.

    Raises:
        ObjectNotFound: there is none.
        Unreadable: there is, and it cannot be read.
    """
    try:
        return backend.reports.model(model_id)
    except (ObjectNotFound, InvalidKey) as error:
        raise ObjectNotFound(f"there is no model {model_id!r}: GET /v1/models lists those there are") from error
    except (Corrupt, NewerVersion) as error:
        raise Unreadable(f"model {model_id}: {error}") from error


def file_links(model: PublishedModel) -> dict[str, str]:
    """Where the files are that came with a model, by name."""
    return {file.name: f"/v1/jobs/{quote(model.job_id)}/artifacts/{quote(file.name)}" for file in model.files}


def model_resource(model: PublishedModel) -> ModelResource:
    """A model as the API shows it."""
    here = f"/v1/models/{quote(model.id)}"
    links = {"self": here, "file": f"{here}/file", "job": f"/v1/jobs/{quote(model.job_id)}", **file_links(model)}
    return ModelResource(**model.model_dump(exclude={"schema_version"}), links=links)
