"""A client of one API: submits and finds jobs, lists models and data sets, sends files."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from florescope import environment
from florescope.channels import Channels
from florescope.download.fetch_file import fetch_file
from florescope.download.fetch_job import Fetched
from florescope.download.remote_file import files_of_model
from florescope.environment import api_url
from florescope.errors import AmbiguousId, NotFound, PictureRefused, Refused
from florescope.housekeeping import Housekeeping
from florescope.http.connection import TIMEOUT_S, Connection, Json
from florescope.http.foreign_answer import foreign
from florescope.http.job_calls import ask_job, job_path, read_view, submit_job
from florescope.http.path_segment import segment, segments
from florescope.http.request_quota import patiently
from florescope.job import Job

_OF_ONE_PICTURE = {413, 422}
_STORED = {201, 204}
_SHOWN = 64
_ARCHIVED = {"archived": "true"}
_AFTER_ALL = "~"  # sorts behind every letter of an id


class Client:
    """A client of one API; usable from several threads. Close it, or use it as a context manager."""

    def __init__(
        self,
        url: str | None = None,
        *,
        timeout_s: float = TIMEOUT_S,
        api_key: str | None = None,
        project: str | None = None,
    ) -> None:
        """A client of this API.

        Args:
            url: its address; without it, that of ``FLORESCOPE_API_URL``, or of this machine.
            timeout_s: for each answer.
            api_key: says who you are; without it, that of ``FLORESCOPE_API_KEY``, if any.
            project: that jobs are submitted to, and whose are listed; without it, that of ``FLORESCOPE_PROJECT``, or
                the only one that the key has.

        Raises:
            InvalidAddress: it is no address of an API.
            InvalidIdentity: that can be no key, or no name of a project.
        """
        self._connection = Connection(
            url or api_url(),
            timeout_s=timeout_s,
            api_key=api_key or environment.api_key(),
            project=project or environment.project(),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.url!r})"

    @property
    def url(self) -> str:
        """The address of the API."""
        return self._connection.url

    @property
    def housekeeping(self) -> Housekeeping:
        """Deletes, restores and archives jobs, models, data sets, uploads and features."""
        return Housekeeping(self._connection)

    def close(self) -> None:
        """Close all connections."""
        self._connection.close()

    def submit(
        self,
        spec: Mapping[str, Any] | None = None,
        /,
        *,
        idempotency_key: str | None = None,
        priority: str | None = None,
        deadline: str | None = None,
        **fields: Any,
    ) -> Job:
        """Submit a job. A lost answer does no harm: every try has the same Idempotency-Key.

        Args:
            spec: the specification, as the API takes it.
            idempotency_key: submissions of the same key are one job; by default, each has a key of its own.
            priority: ``high``, ``normal`` or ``low``, among the jobs of its project.
            deadline: a time with its zone; a job that has not ended by then is ended.
            fields: of the specification, in place of those in ``spec``; a ``Job`` means ``"job:<its id>"``.

        Raises:
            Refused: the specification is not valid; the message names the fields.
            ApiUnreachable: the API does not answer.
        """
        document = {name: _value(value) for name, value in {**(spec or {}), **fields}.items()}
        wish = {name: value for name, value in (("priority", priority), ("deadline", deadline)) if value}
        key = idempotency_key or uuid4().hex
        return self._job(submit_job(self._connection, "/v1/jobs", key=key, json=document, params=wish))

    def job(self, job_id: str) -> Job:
        """One job.

        Raises:
            NotFound: there is none of this id.
        """
        return self._job(ask_job(self._connection, "GET", job_path(job_id)))

    def jobs_beginning(self, beginning: str, *, limit: int) -> list[Job]:
        """The newest jobs whose id begins so, at most ``limit``; those that are archived are among them."""
        wanted = beginning.lower()
        query = {"after": wanted + _AFTER_ALL} if wanted else {}  # lists are in the order of ids, the greatest first
        pages = [self._connection.page("/v1/jobs", {**query, **which}, limit=limit) for which in ({}, _ARCHIVED)]
        found = [self._job(read_view(self._connection, item)) for page in pages for item in page["items"]]
        return sorted((job for job in found if job.id.startswith(wanted)), key=lambda job: job.id, reverse=True)[:limit]

    def find_job(self, beginning: str) -> Job:
        """The one job whose id begins so.

        Raises:
            NotFound: there is none.
            AmbiguousId: there are several.
        """
        found = self.jobs_beginning(beginning, limit=2) if beginning.isalnum() else []
        if not found:
            raise NotFound(f"there is no job whose id is {beginning[:_SHOWN]!r} or begins so")
        if len(found) > 1:
            raise AmbiguousId(f"several ids begin with {beginning[:_SHOWN]!r}, such as {found[0].id} and {found[1].id}")
        return found[0]

    def jobs(self, *, limit: int = 50, **filters: str | None) -> list[Job]:
        """Jobs, the newest first if nothing else is asked for, at most ``limit``.

        Args:
            limit: how many at most.
            filters: as the API has them: ``kind``, ``state``, ``parent`` (a sweep whose trials are meant; empty: no
                trials), ``q`` (words that stand in id, kind, name, data set, model or tags), ``tag``, ``sort`` (for
                example ``"-accuracy"``), ``archived`` (``"true"`` lists those that are archived in place of the
                others). None asks for nothing.

        Raises:
            Refused: there is no such filter, or no such value; the message names those that there are.
        """
        query = {name: value for name, value in filters.items() if value is not None}
        items = self._connection.pages("/v1/jobs", query, page_size=min(limit, 100))
        return [self._job(read_view(self._connection, item)) for item in islice(items, limit)]

    def models(self, *, limit: int = 50, on_unreadable: Callable[[Json], None] | None = None) -> list[Json]:
        """The newest models first, at most ``limit``.

        Args:
            limit: of the models that can be read.
            on_unreadable: gets the id of each model whose document cannot be read, and the reason; None: a warning is
                issued for each.
        """
        told = on_unreadable or _warn_of_model
        pages = self._connection.pages("/v1/models", {}, page_size=min(limit, 100), on_unreadable=told)
        return list(islice(pages, limit))

    def model(self, model_id: str) -> Json:
        """One published model."""
        return self._connection.call("GET", f"/v1/models/{segment(model_id)}", holds="checkpoint")

    def fetch_model(self, model_id: str, folder: Path | str) -> list[Fetched]:
        """Download the files of a model, and check each; what is there already is not fetched again.

        Raises:
            DownloadIncomplete: a file has the wrong contents.
        """
        files = files_of_model(self.model(model_id))
        return [Fetched(file, downloaded=fetch_file(self._connection, file, Path(folder))) for file in files]

    def datasets(self) -> list[Json]:
        """The data sets that the API knows."""
        return self._connection.items("GET", "/v1/datasets")

    def methods(self) -> Json:
        """The methods of explanation that can be asked for, and what packages offer that is none."""
        return self._connection.call("GET", "/v1/methods", holds="unusable")

    def make_key(self, key: Mapping[str, Any]) -> Json:
        """Have a key made, as an admin; ``key`` of the answer is the key itself, which nothing can show again."""
        return self._connection.call("POST", "/v1/keys", json=dict(key), holds="key")

    def keys(self) -> list[Json]:
        """The keys whose projects you administer."""
        return self._connection.items("GET", "/v1/keys")

    def revoke_key(self, key_id: str) -> Json:
        """Let a key be of no use any more, as an admin."""
        return self._connection.call("POST", f"/v1/keys/{segment(key_id)}:revoke", holds="revoked_at")

    def set_quota(self, project: str, quota: Mapping[str, int | None]) -> Json:
        """Set what a project may do, as an admin; None is no bound."""
        address = f"/v1/projects/{segment(project)}/quota"
        return self._connection.call("PUT", address, json=dict(quota), holds="active_jobs")

    def who_am_i(self) -> Json:
        """Your name, role and projects; ``project`` is the one that jobs are submitted to."""
        return self._connection.call("GET", "/v1/whoami", holds="project")

    def channels(self, project: str | None = None) -> Channels:
        """Where a project is told that its jobs are over; without a name, the one that jobs are submitted to."""
        return Channels(self._connection, project or self.who_am_i()["project"])

    def set_weight(self, project: str, weight: float) -> Json:
        """Set how large the share of a project is, as an admin of all projects."""
        address = f"/v1/projects/{segment(project)}/weight"
        return self._connection.call("PUT", address, json={"weight": weight}, holds="weight")

    def queues(self) -> list[Json]:
        """The queues that can be paused, and who paused them."""
        return self._connection.items("GET", "/v1/queues")

    def change_queue(self, queue: str, action: str) -> Json:
        """``pause`` or ``resume`` a queue, as an operator of all projects."""
        return self._connection.call("POST", f"/v1/queues/{segment(queue)}:{action}", holds="pause")

    def upload(self, path: Path | str) -> str:
        """Send a model file in chunks; return its digest, which an import uses as its ``upload``."""
        return str(self._connection.upload("/v1/uploads", Path(path), holds="upload")["upload"])

    def put_picture(self, name: str, data: bytes) -> None:
        """Put a picture into a folder, ``<folder>/<class>/<picture>``.

        Raises:
            PictureRefused: it is too large, or its name is not taken.
        """
        address = f"/v1/datasets/{segments(name)}"
        try:
            answer = patiently(lambda: self._connection.send("PUT", address, content=data))
        except Refused as error:
            if error.status in _OF_ONE_PICTURE:
                raise PictureRefused(str(error), status=error.status) from error
            raise
        if answer.status_code not in _STORED:
            raise foreign(self.url, f"PUT {address} gave the status {answer.status_code}")

    def _job(self, view: Any) -> Job:
        return Job(self._connection, view)


def _value(value: Any) -> Any:
    return f"job:{value.id}" if isinstance(value, Job) else value


def _warn_of_model(model: Json) -> None:
    warnings.warn(f"model {model['id']} cannot be read: {model['reason']}", stacklevel=4)
