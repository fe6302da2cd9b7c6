"""A small but real API: FastAPI on uvicorn in a thread, with jobs that tests write down."""

from __future__ import annotations

import hashlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from cli.client.api_client import ApiClient
from cli.main import main

Json = dict[str, Any]


def job(job_id: str = "j1", *, state: str = "running", done: float = 0, **changes: Any) -> Json:
    """A job resource as the API gives it."""
    return {
        "id": job_id,
        "kind": "explain",
        "state": state,
        "created_at": "2026-11-23T20:00:00Z",
        "started_at": None,
        "finished_at": None,
        "progress": {
            "done": done,
            "total": 64,
            "failed": 0,
            "unit": "images",
            "rate_per_s": 8.0,
            "eta_s": 33.0,
            "message": "explaining",
        },
        "spec": {"kind": "explain", "name": None, "methods": ["gradcam"]},
        "error": None,
        "summary": None,
        "links": {},
        **changes,
    }


@dataclass
class FakeApi:
    """What it will answer, and what it was asked."""

    url: str = ""
    views: list[Json] = field(default_factory=lambda: [job(state="succeeded", done=64)])
    files: dict[str, bytes] = field(default_factory=dict)
    models: list[Json] = field(default_factory=list)
    lies: dict[str, bytes] = field(default_factory=dict)
    page_size: int = 2
    streams: bool = True
    cut_after: int | None = None
    problem: tuple[int, Json] | None = None
    specs: list[Json] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)
    datasets: list[Json] = field(default_factory=list)
    uploads: list[bytes] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    downloads: list[str] = field(default_factory=list)
    polls: int = 0

    def now(self) -> Json:
        """The next view; the last one stays."""
        self.polls += 1
        return self.views.pop(0) if len(self.views) > 1 else self.views[0]


def make_app(api: FakeApi) -> FastAPI:  # noqa: C901  (one small function per route)
    """The routes that the command line calls."""
    app = FastAPI()

    @app.middleware("http")
    async def refuse(request: Request, call_next: Callable[..., Any]) -> Response:
        if api.problem is None:
            return await call_next(request)  # type: ignore[no-any-return]
        status, body = api.problem
        return JSONResponse(body, status, media_type="application/problem+json")

    @app.post("/v1/jobs", status_code=202)
    async def submit(request: Request) -> Json:
        api.specs.append(await request.json())
        api.keys.append(request.headers["idempotency-key"])
        return api.now()

    @app.get("/v1/datasets")
    def datasets() -> Json:
        return {"items": api.datasets}

    @app.put("/v1/datasets/{path:path}", status_code=201)
    async def picture(path: str, request: Request) -> Response:
        api.pictures[path] = await request.body()
        return Response(status_code=201)

    @app.post("/v1/uploads", status_code=201)
    async def upload(request: Request) -> Json:
        api.uploads.append(await request.body())
        return {"upload": hashlib.sha256(api.uploads[-1]).hexdigest(), "size": len(api.uploads[-1])}

    @app.get("/v1/jobs")
    def jobs(after: int = 0, limit: int = 50) -> Json:
        stop = after + min(limit, api.page_size)
        return {"items": api.views[after:stop], "next": str(stop) if stop < len(api.views) else None}

    @app.get("/v1/jobs/{job_id}")
    def get() -> Json:
        return api.now()

    @app.post("/v1/jobs/{job_id}:cancel", status_code=202)
    def cancel(job_id: str) -> Json:
        return job(job_id, state="cancelling")

    @app.post("/v1/jobs/{job_id}:retry", status_code=202)
    def retry(job_id: str, request: Request) -> Json:
        api.keys.append(request.headers["idempotency-key"])
        return job("j2", state="succeeded", retry_of=job_id)

    @app.get("/v1/models")
    def models() -> Json:
        return {"items": api.models, "next": None}

    @app.get("/v1/models/{model_id}")
    def model(model_id: str) -> Response:
        found = [each for each in api.models if each["id"] == model_id]
        return JSONResponse(found[0]) if found else JSONResponse({"detail": f"there is no model {model_id!r}"}, 404)

    @app.get("/v1/models/{model_id}/file")
    def model_file() -> Response:
        return artifact("model.keras")

    @app.get("/v1/jobs/{job_id}/events")
    def events() -> Response:
        if not api.streams:
            return JSONResponse({"detail": "Not Found"}, 404)

        def stream() -> Iterator[str]:
            yield ": hello\n\n"
            sent = 0
            while api.cut_after is None or sent < api.cut_after:
                view = api.now()
                sent += 1
                yield f"event: snapshot\nid: {sent}\ndata: {json.dumps(view)}\n\n"
                if view["state"] in {"succeeded", "failed", "cancelled", "completed_with_errors"}:
                    return

        return StreamingResponse(stream(), media_type="text/event-stream")

    @app.get("/v1/jobs/{job_id}/artifacts")
    def artifacts(after: int = 0) -> Json:
        names = list(api.files)
        stop = after + api.page_size
        items = [
            {
                "name": name,
                "size": len(api.files[name]),
                "sha256": hashlib.sha256(api.files[name]).hexdigest(),
                "content_type": "application/octet-stream",
                "links": {},
            }
            for name in names[after:stop]
        ]
        return {"items": items, "next": str(stop) if stop < len(names) else None}

    @app.get("/v1/jobs/{job_id}/artifacts/{name:path}")
    def artifact(name: str) -> Response:
        api.downloads.append(name)
        return Response(api.lies.get(name, api.files[name]), media_type="application/octet-stream")

    return app


@pytest.fixture
def api() -> Iterator[FakeApi]:
    fake = FakeApi()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        fake.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        server = uvicorn.Server(uvicorn.Config(make_app(fake), log_level="error", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        yield fake
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def client(api: FakeApi) -> Iterator[ApiClient]:
    with ApiClient(api.url) as made:
        yield made


@dataclass(frozen=True)
class Ran:
    """What a command did."""

    code: int
    out: str
    err: str


@pytest.fixture
def florescope(api: FakeApi, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """Runs a command against the API."""

    def run(*words: str) -> Ran:
        monkeypatch.setenv("FLORESCOPE_API_URL", api.url)
        monkeypatch.setattr("sys.argv", ["florescope", *words])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return Ran(int(end.value.code or 0), said.out, said.err)

    return run
