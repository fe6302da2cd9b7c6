"""Takes in model files from elsewhere; only a worker opens them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.backend import BackendOf
from api.http.caller import current_caller
from api.http.path_noun import NOUN
from api.http.problem_responses import problems
from api.http.validation import in_body
from api.routes.jobs import IdempotencyKey, submit_job
from api.submission.upload import HARD_LIMIT_BYTES, Upload, file_of_body, store_upload
from api.submission.wish_check import DeadlineOf, PriorityOf, wish_of
from dispatch.housekeeping.deletions import is_deleted
from jobs import keys
from jobs.errors import ObjectNotFound
from jobs.housekeeping.thing import upload_thing
from jobs.job import JobResource
from jobs.specs.import_spec import ImportSpec, Preprocessing
from jobs.turns.turn import Priority

router = APIRouter(prefix="/v1", tags=["models"])
UploadId = Annotated[str, Path(description="SHA-256 of the file.", pattern="^[0-9a-f]{64}$")]


class ImportQuery(BaseModel):
    """What the file itself does not say."""

    model_config = ConfigDict(extra="forbid")

    preprocessing: Preprocessing = Field(description="What the model's input expects of raw RGB, 0..255.")
    name: str | None = Field(default=None, description="What you call the model.")
    class_name: list[str] = Field(default=[], description="Once for each class, in the order of the outputs.")
    classes: int | None = Field(default=None, description="How many classes, where they have no names.")
    image_size: int | None = Field(default=None, description="Height in pixels, where the model takes any size.")
    image_width: int | None = Field(default=None, description="Width, where it is not `image_size`.")
    feature_layer: str | None = Field(default=None, description="For GradCAM; the last spatial one by default.")
    notify: list[str] = Field(default=[], description="Once for each channel that is told when the import is over.")
    priority: PriorityOf = Priority.NORMAL
    deadline: DeadlineOf = None

    def spec(self, upload: str) -> ImportSpec:
        """The specification of the import of this file.

        Raises:
            RequestValidationError: a value is out of bounds; names it.
        """
        given = self.model_dump(exclude={"class_name", "priority", "deadline"}, exclude_none=True)
        classes = {"classes": tuple(self.class_name)} if self.class_name else {}
        try:
            return ImportSpec(kind="import", upload=upload, **{**given, **classes})
        except ValidationError as error:
            raise RequestValidationError(in_body(error)) from error


_FILE: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The `.keras` or `.h5` file as it is.",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_REFUSALS = problems(422, 503, p413="The file is too large.", p415="The body is declared as something else.")


@router.post("/uploads", status_code=201, openapi_extra=_FILE, responses=_REFUSALS, max_body_size=HARD_LIMIT_BYTES)
async def upload_file(request: Request, response: Response, backend: BackendOf) -> Upload:
    """Send a model file, to import it by a job of kind `import` (for models with too many classes for an address)."""
    upload = await store_upload(file_of_body(request), backend.store, backend.quotas.room)
    response.headers["Location"] = f"/v1/uploads/{upload.upload}"
    return upload


@router.get(f"/uploads/{{upload:{NOUN}}}", responses=problems(404, 422, 503))
def get_upload(upload: UploadId, backend: BackendOf) -> Upload:
    """Whether a file was received, by its SHA-256: what is there need not be sent again."""
    project = current_caller().project
    info = backend.store.head(keys.upload(upload, project))
    if info is None or is_deleted(upload_thing(upload, project), backend.store):
        raise ObjectNotFound(f"no file {upload} was uploaded: send it to /v1/uploads")
    return Upload(upload=upload, size=info.size)


@router.post(
    "/models",
    status_code=202,
    openapi_extra=_FILE,
    responses={**_REFUSALS, **problems(p409="The Idempotency-Key belongs to another specification.")},
    max_body_size=HARD_LIMIT_BYTES,
)
async def import_model(
    request: Request,
    response: Response,
    backend: BackendOf,
    query: Annotated[ImportQuery, Query()],
    idempotency_key: IdempotencyKey = None,
) -> JobResource:
    """Send a Keras model and import it: the answer is a job, whose `summary.model_id` will name the model."""
    query.spec("0" * 64)  # what is wrong with the options is said before gigabytes are read
    wish = wish_of(query.priority, query.deadline)
    upload = await store_upload(file_of_body(request), backend.store, backend.quotas.room)
    return await run_in_threadpool(submit_job, query.spec(upload.upload), response, backend, wish, idempotency_key)
