"""Serves the routes that the client calls, on top of what a test wrote down: FastAPI on uvicorn in a thread."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any
from urllib.parse import quote

import uvicorn
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from tests.services.fake_api import FakeApi, Json, job

OVER = {"succeeded", "failed", "cancelled", "completed_with_errors"}
Key = Annotated[str, Header(alias="idempotency-key")]
router = APIRouter(prefix="/v1")


def _fake(request: Request) -> FakeApi:
    found: FakeApi = request.app.state.fake
    return found


Api = Annotated[FakeApi, Depends(_fake)]


def make_app(api: FakeApi) -> FastAPI:
    """An application that answers as ``api`` says; with a problem in it, that and nothing else."""
    app = FastAPI()
    app.state.fake = api
    app.include_router(router)

    @app.middleware("http")
    async def refuse(request: Request, call_next: Callable[..., Any]) -> Response:
        if api.has_used_up_its_quota():
            return JSONResponse({"detail": "too many requests"}, 429, headers={"Retry-After": str(api.room_after_s)})
        if api.problem is None:
            return await call_next(request)  # type: ignore[no-any-return]
        status, body = api.problem
        return JSONResponse(body, status, media_type="application/problem+json")

    return app


@contextmanager
def serve(api: FakeApi) -> Iterator[FakeApi]:
    """Serve it on a free port of 127.0.0.1, and write the address into it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        api.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(api), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.should_exit = True
            thread.join(10)


@router.post("/jobs", status_code=202)
async def submit(request: Request, api: Api, key: Key) -> Json:
    api.specs.append(await request.json())
    api.turns.append(dict(request.query_params))
    api.keys.append(key)
    api.logins += [request.headers["authorization"]] if "authorization" in request.headers else []
    return api.now()


@router.get("/jobs")
def jobs(api: Api, after: int = 0, limit: int = 50) -> Json:
    stop = after + min(limit, api.page_size)
    return {"items": api.views[after:stop], "next": str(stop) if stop < len(api.views) else None}


@router.get("/jobs/{job_id}")
def get(api: Api) -> Json:
    return api.now()


@router.post("/jobs/{job_id}:cancel", status_code=202)
def cancel(job_id: str) -> Json:
    return job(job_id, state="cancelling")


@router.post("/jobs/{job_id}:retry", status_code=202)
def retry(job_id: str, api: Api, key: Key) -> Json:
    api.keys.append(key)
    return job("j2", state="succeeded", retry_of=job_id)


@router.get("/jobs/{job_id}/events")
def events(api: Api) -> Response:
    if not api.streams:
        return JSONResponse({"detail": "Not Found"}, 404)
    return StreamingResponse(_events(api), media_type="text/event-stream")


def _events(api: FakeApi) -> Iterator[str]:
    yield ": hello\n\n"
    sent = 0
    while api.cut_after is None or sent < api.cut_after:
        view = api.now()
        sent += 1
        yield f"event: snapshot\nid: {sent}\ndata: {json.dumps(view)}\n\n"
        if view["state"] in OVER:
            return


@router.get("/jobs/{job_id}/artifacts")
def artifacts(api: Api, after: int = 0) -> Json:
    names = list(api.files)
    stop = after + api.page_size
    items = [_item(name, api.files[name]) for name in names[after:stop]]
    return {"items": items, "next": str(stop) if stop < len(names) else None}


def _item(name: str, data: bytes) -> Json:
    sha256 = hashlib.sha256(data).hexdigest()
    return {"name": name, "size": len(data), "sha256": sha256, "content_type": "application/octet-stream", "links": {}}


@router.get("/jobs/{job_id}/artifacts/{name:path}")
def artifact(name: str, request: Request, api: Api) -> Response:
    api.downloads.append(name)
    api.ranges.append(request.headers.get("range"))
    data, etag = api.lies.get(name, api.files[name]), f'"{hashlib.sha256(api.files[name]).hexdigest()}"'
    whole = api.ranges[-1] is None or request.headers.get("if-range", etag) != etag
    start = 0 if whole else int((api.ranges[-1] or "").removeprefix("bytes=").removesuffix("-"))
    headers = {"Content-Length": str(len(data) - start), "ETag": etag}
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
    pieces = iter((data[start:][: api.next_break()],))
    return StreamingResponse(pieces, 200 if whole else 206, headers, media_type="application/octet-stream")


@router.get("/jobs/{job_id}/results")
def results(job_id: str, api: Api) -> Json:
    return {"items": [_image(job_id, image_id) for image_id in api.drawn], "next": None}


def _image(job_id: str, image_id: str) -> Json:
    here = f"/v1/jobs/{job_id}/images/{quote(image_id)}"
    maps = [
        {"method": "gradcam", "rank": 1, "target": 3, "overlay": None},
        {"method": "gradcam", "rank": 2, "target": 7, "overlay": {"name": "stored"}},
        {"method": "gradcam", "rank": 1, "target": 3, "overlay": None, "contrast": True},
        {"method": "integrated_gradients", "rank": 1, "target": 3, "overlay": None},
    ]
    names = ("gradcam", "gradcam:7", "gradcam:contrast")
    links = {name: f"{here}/{quote(name)}.jpg" for name in names}
    return {"image_id": image_id, "methods": maps, "links": links}


@router.api_route("/jobs/{job_id}/images/{image_id:path}/{name}.jpg", methods=["GET", "HEAD"])
def drawn(image_id: str, name: str, request: Request, api: Api) -> Response:
    data = api.drawn[image_id] + name.encode()
    if request.method == "GET":
        api.downloads.append(f"{image_id}/{name}")
    return Response(data, headers={"ETag": f'"{hashlib.sha256(data).hexdigest()}"'}, media_type="image/jpeg")


@router.get("/models")
def models(api: Api) -> Json:
    return {"items": api.models, "unreadable": api.unreadable_models, "next": None}


@router.get("/models/{model_id}")
def model(model_id: str, api: Api) -> Response:
    found = [each for each in api.models if each["id"] == model_id]
    return JSONResponse(found[0]) if found else JSONResponse({"detail": f"there is no model {model_id!r}"}, 404)


@router.get("/models/{model_id}/file")
def model_file(request: Request, api: Api) -> Response:
    return artifact("model.keras", request, api)


@router.post("/uploads", status_code=201)
async def upload(request: Request, api: Api) -> Json:
    api.uploads.append(await request.body())
    return {"upload": hashlib.sha256(api.uploads[-1]).hexdigest(), "size": len(api.uploads[-1])}


@router.get("/datasets")
def datasets(api: Api) -> Json:
    return {"items": api.datasets}


@router.get("/methods")
def methods(api: Api) -> Json:
    return api.methods


@router.put("/datasets/{path:path}", status_code=201)
async def picture(path: str, request: Request, api: Api) -> Response:
    if path in api.too_large:
        return JSONResponse({"detail": "a picture may have 64 MiB, this one has more"}, 413)
    api.pictures[path] = await request.body()
    return Response(status_code=201)
