"""Makes the web application: its routes, its pages and the middleware around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from starlette.routing import BaseRoute

from api.access.audit_trail import AuditTrail
from api.access.description import describe_access
from api.access.gate import enter, make_gate
from api.backend import make_backend
from api.http.head import HeadAsGet
from api.http.host_check import HostCheck
from api.http.known_query import refuse_unknown_query
from api.http.openapi import describe
from api.http.request_log import RequestLog
from api.http.request_trace import RequestTrace
from api.http.security import SecurityHeaders
from api.http.static_files import CheckedStaticFiles
from api.pages import (
    home,
    job_page,
    login,
    model_pages,
    new_job,
    notices_page,
    operations_page,
    palettes,
    reference,
    remarks_form,
    sign_in,
    turn_forms,
    upload_page,
)
from api.pages.gallery import gallery_page
from api.pages.housekeeping import deletion_pages
from api.pages.image import image_page
from api.problem_handlers import add_problem_handlers
from api.readers.dataset_stores import NO_BUCKETS, DatasetBuckets
from api.routes import (
    api_keys,
    artifacts,
    audit_log,
    datasets,
    events,
    health,
    imports,
    jobs,
    logs,
    maps,
    methods,
    models,
    notify,
    operations,
    project_quotas,
    project_weights,
    queues,
    remarks,
    result_exports,
    results,
    retry,
    trials,
    turns,
)
from api.routes.housekeeping import job_deletion, job_file, other_deletion, room
from dispatch.board import Board
from dispatch.step_queue import StepQueue
from jobs.version import VERSION
from store.base import ObjectStore

MAX_BODY_BYTES = 1 << 20
STATIC = Path(__file__).with_name("static")
ROUTES = (
    jobs,
    remarks,
    turns,
    retry,
    events,
    logs,
    result_exports,
    results,
    maps,
    trials,
    artifacts,
    models,
    imports,
    datasets,
    methods,
    api_keys,
    project_quotas,
    notify,
    project_weights,
    audit_log,
    job_deletion,
    other_deletion,
    job_file,
    room,
    health,
    operations,
    queues,
)
PAGES = (
    *(
        home,
        job_page,
        remarks_form,
        turn_forms,
        gallery_page,
        image_page,
        model_pages,
        palettes,
        reference,
        new_job,
        operations_page,
        upload_page,
        deletion_pages,
    ),
    login,
    sign_in,
    notices_page,
)


def create_app(
    *,
    store: ObjectStore,
    board: Board,
    queue: StepQueue,
    tfds_dir: Path | None = None,
    buckets: DatasetBuckets = NO_BUCKETS,
    allowed_hosts: Sequence[str] = ("*",),
) -> FastAPI:
    """Make the application; nothing is read or sent until a request comes. ``require_identity`` makes it ask for keys.

    Args:
        tfds_dir: where data sets of TFDS lie on this machine.
        buckets: in which jobs may read pictures.
        allowed_hosts: the names that it may be asked by; ``*`` for any, ``*.example.org`` for all below one.
    """
    app = FastAPI(
        title="Florescope",
        version=VERSION,
        description="Trains image classifiers and explains whole test sets, as durable jobs.",
        docs_url=None,
        redoc_url=None,
        max_body_size=MAX_BODY_BYTES,
    )
    app.state.backend = make_backend(store=store, board=board, queue=queue, tfds_dir=tfds_dir, buckets=buckets)
    app.state.gate = make_gate(app.state.backend, on=False)
    app.state.sign_in = None
    app.add_middleware(AuditTrail, store=store)
    app.add_middleware(HeadAsGet)
    app.add_middleware(HostCheck, allowed=allowed_hosts)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestLog)
    app.add_middleware(RequestTrace)
    add_problem_handlers(app)
    app.router.routes.extend(_routes())
    app.mount("/static", CheckedStaticFiles(directory=STATIC), name="static")
    describe(app)
    describe_access(app)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """All routes, once per process: at their first request, FastAPI takes 0.15 s to analyse what they depend on."""
    router = APIRouter(dependencies=[Depends(enter), Depends(refuse_unknown_query)], max_body_size=MAX_BODY_BYTES)
    for module in ROUTES + PAGES:
        router.include_router(module.router)
    return tuple(router.routes)
