"""Calls the API, one method per call; errors become a ``CliError``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx

from cli.client.job_view import JobView, read_job
from cli.client.problem import describe_problem
from cli.client.sse import read_events
from cli.errors import ApiUnreachable, PictureRefused, Refused, Usage

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
SUBMIT_TRIES = 3
_OF_ONE_PICTURE = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNPROCESSABLE_ENTITY}
LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
Json = dict[str, Any]


class NoStream(Exception):
    """This API, or a proxy before it, does not stream events."""


class ApiClient:
    """A client of one API; usable from several threads. Close it, or use it as a context manager."""

    def __init__(self, url: str) -> None:
        address = _address(url)
        self.url = url.rstrip("/")
        self._http = httpx.Client(
            base_url=address,
            timeout=TIMEOUT,
            follow_redirects=True,
            trust_env=address.host not in LOOPBACK,  # no proxy for this machine itself
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._http.close()

    def submit(self, spec: Mapping[str, Any]) -> JobView:
        """Submit a job; a lost response does no harm, because every try has the same Idempotency-Key."""
        headers = {"Idempotency-Key": uuid4().hex}
        for left in reversed(range(SUBMIT_TRIES)):
            try:
                return self._job("POST", "/v1/jobs", json=dict(spec), headers=headers)
            except ApiUnreachable as error:
                lost = isinstance(error.__cause__, httpx.ReadError | httpx.RemoteProtocolError)
                if not lost or not left:
                    raise
        raise AssertionError("the last try returns or raises")

    def upload(self, path: Path) -> str:
        """Send a model file in chunks; return its digest, which an import uses as its ``upload``."""
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(path.stat().st_size)}
        with path.open("rb") as file:
            return str(self._call("POST", "/v1/uploads", content=_pieces(file), headers=headers)["upload"])

    def datasets(self) -> list[Json]:
        """The data sets that the API knows."""
        return list(self._call("GET", "/v1/datasets")["items"])

    def methods(self) -> Json:
        """The methods of explanation that can be asked for, and what packages offer that is none."""
        return self._call("GET", "/v1/methods")

    def put_picture(self, name: str, data: bytes) -> None:
        """Put a picture into a folder, ``<folder>/<class>/<picture>``.

        Raises:
            PictureRefused: it is too large, or its name is not taken.
        """
        with self._translated():
            response = self._http.put(f"/v1/datasets/{quote(name)}", content=data)
        if response.status_code in _OF_ONE_PICTURE:
            raise PictureRefused(describe_problem(response))
        self._check(response)

    def job(self, job_id: str) -> JobView:
        """One job."""
        return self._job("GET", _path(job_id))

    def cancel(self, job_id: str) -> JobView:
        """Ask a job to stop."""
        return self._job("POST", f"{_path(job_id)}:cancel")

    def retry(self, job_id: str) -> JobView:
        """Submit a new job for the images that failed in this one."""
        return self._job("POST", f"{_path(job_id)}:retry", headers={"Idempotency-Key": uuid4().hex})

    def models(self, *, limit: int) -> list[Json]:
        """The newest models first, at most ``limit``."""
        return list(islice(self._pages("/v1/models", {}, page_size=min(limit, 100)), limit))

    def model(self, model_id: str) -> Json:
        """One published model."""
        return self._call("GET", f"/v1/models/{quote(model_id, safe='')}")

    def jobs(self, *, kind: str | None, state: str | None, parent: str | None = None, limit: int) -> list[JobView]:
        """The newest jobs first, at most ``limit``."""
        wanted = {"kind": kind, "state": state, "parent": parent}
        query = {name: value for name, value in wanted.items() if value}
        found: list[JobView] = []
        for item in self._pages("/v1/jobs", query, page_size=min(limit, 100)):
            found.append(self._read(item))
            if len(found) == limit:
                break
        return found

    def artifacts(self, job_id: str) -> Iterator[Json]:
        """Name, size, SHA-256 and address of every file that the job made."""
        return self._pages(f"{_path(job_id)}/artifacts", {}, page_size=1000)

    def results(self, job_id: str) -> Iterator[Json]:
        """Every explained image, with links to its pictures."""
        return self._pages(f"{_path(job_id)}/results", {}, page_size=500)

    def head(self, path: str) -> Mapping[str, str]:
        """The headers of an address."""
        with self._translated():
            response = self._http.head(path, headers={"Accept-Encoding": "identity"})
        self._check(response)
        return response.headers

    def events(self, job_id: str) -> Iterator[JobView]:
        """The job whenever it changes, until the stream ends.

        Raises:
            NoStream: the response is not an event stream.
        """
        with self.stream(f"{_path(job_id)}/events", headers={"Accept": "text/event-stream"}) as response:
            if not response.headers.get("content-type", "").startswith("text/event-stream"):
                raise NoStream
            for event in read_events(response.iter_lines()):
                if event.name == "snapshot":
                    yield self._read(_parse(event.data))

    @contextmanager
    def stream(self, path: str, *, headers: Mapping[str, str] | None = None) -> Iterator[httpx.Response]:
        """A successful response whose body is not read yet; errors while reading are translated too."""
        with self._translated(), self._http.stream("GET", path, headers=headers) as response:
            if response.is_error:
                response.read()
            self._check(response)
            yield response

    def _pages(self, path: str, query: Mapping[str, str], *, page_size: int) -> Iterator[Json]:
        after: str | None = None
        while True:
            asked = {**query, "limit": str(page_size), **({"after": after} if after else {})}
            page = self._call("GET", path, params=asked)
            yield from page["items"]
            after = page.get("next")
            if not after:
                return

    def _job(self, method: str, path: str, **options: Any) -> JobView:
        return self._read(self._call(method, path, **options))

    def _call(self, method: str, path: str, **options: Any) -> Json:
        with self._translated():
            response = self._http.request(method, path, **options)
        self._check(response)
        document = _parse(response.text)
        if not isinstance(document, dict):
            raise ApiUnreachable(f"{self.url} answers, but is not a Florescope API: {path} gave no JSON object")
        return document

    def _read(self, document: Any) -> JobView:
        try:
            return read_job(document)
        except ValueError as error:
            raise ApiUnreachable(f"{self.url} answers, but is not a Florescope API: {error}") from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except httpx.TransportError as error:
            reason = str(error) or type(error).__name__
            raise ApiUnreachable(
                f"no answer from the API at {self.url}: {reason}; is it up (florescope up), is --api right?"
            ) from error

    def _check(self, response: httpx.Response) -> None:
        if response.is_server_error:
            raise ApiUnreachable(f"the API at {self.url} is not available: {describe_problem(response)}")
        if response.is_error:
            raise Refused(describe_problem(response))


def _address(url: str) -> httpx.URL:
    try:
        address = httpx.URL(url)
    except httpx.InvalidURL:
        address = httpx.URL("")
    if address.scheme not in {"http", "https"} or not address.host:
        raise Usage(f"{url!r} is not the address of an API: expected for example http://host:8000")
    return address


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(1 << 20):
        yield piece


def _path(job_id: str) -> str:
    return f"/v1/jobs/{quote(job_id, safe='')}"


def _parse(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return None
