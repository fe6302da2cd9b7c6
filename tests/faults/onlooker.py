"""Looks at the API and at the store again and again while jobs run, and notes what the promises are about."""

from __future__ import annotations

import hashlib
import threading
import time
import uuid
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

import httpx

from jobs import keys
from jobs.errors import ObjectNotFound, Retryable
from store.base import ObjectStore
from tests.faults.promises import Accepted, Seen, Violation, violations
from tests.services.light_explanations import image_ids, light_spec
from tests.services.stack import TERMINAL

PROBLEM = "application/problem+json"
LOOK_EVERY_S, ANSWER_LIMIT_S = 0.5, 90.0
UNAVAILABLE, CONFLICT = 503, 409


class Onlooker:
    """A context manager around the time in which jobs run. Submits them too, as a patient client does.

    Attributes:
        accepted: the jobs that were taken in, by id.
        seen: what the promises are checked against.
        committed: when (monotonic seconds) each plan, report and end was first there, by its key.
    """

    def __init__(self, api_url: str, store: ObjectStore, *, cancelled_within_s: float = 60.0) -> None:
        self._store = store
        self._http = httpx.Client(base_url=api_url, timeout=ANSWER_LIMIT_S)
        self._looking = httpx.Client(base_url=api_url, timeout=ANSWER_LIMIT_S)
        self._cancelled_within_s = cancelled_within_s
        self._cancelled_at: dict[str, float] = {}
        self._finished = threading.Event()
        self._threads = [
            threading.Thread(target=look, daemon=True) for look in (self._look_at_store, self._look_at_api)
        ]
        self.accepted: dict[str, Accepted] = {}
        self.seen = Seen()
        self.committed: dict[str, float] = {}
        self.blind = 0

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._finished.set()
        for thread in self._threads:
            thread.join()
        self._http.close()
        self._looking.close()

    def submit(self, images: int, *, limit_s: float = 300, **changes: Any) -> str:
        """Submit a light job under a key of its own, again and again until somebody answers that it is taken in.

        Raises:
            TimeoutError: nobody did.
        """
        key, deadline = uuid.uuid4().hex, time.monotonic() + limit_s
        spec = light_spec(images, **changes)
        while time.monotonic() < deadline and not self._finished.is_set():
            answer = self._ask("POST", "/v1/jobs", json=spec, headers={"Idempotency-Key": key})
            if answer is not None and answer.status_code == 202:
                job_id = str(answer.json()["id"])
                self.accepted[job_id] = Accepted(image_ids(images))
                return job_id
            time.sleep(1)
        raise TimeoutError(f"no job was taken in within {limit_s} s")

    def cancel(self, job_id: str) -> None:
        """Ask a job to stop; asked again until it is heard, unless it is over."""
        self.accepted[job_id] = replace(self.accepted[job_id], cancelled=True)
        while not self._finished.is_set():
            answer = self._ask("POST", f"/v1/jobs/{job_id}:cancel")
            if answer is not None and answer.status_code in {202, CONFLICT}:
                self._cancelled_at.setdefault(job_id, time.monotonic())
                return
            time.sleep(1)

    def unfinished(self) -> list[str]:
        """Jobs that were taken in and have not been seen to end."""
        return [job_id for job_id in list(self.accepted) if keys.end(job_id) not in self.committed]

    def wait(self, *, limit_s: float) -> None:
        """Wait until all jobs have ended, or the time is up."""
        deadline = time.monotonic() + limit_s
        while self.unfinished() and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY_S)
        time.sleep(4 * LOOK_EVERY_S)  # what a late worker would still do

    def violations(self) -> list[Violation]:
        """Every promise that was not kept, and a last look at all documents, whatever is over."""
        self._look_at_documents(list(self.accepted))
        for job_id in list(self.accepted):  # once more, so that another end than the one that was seen is found
            self._look_at(job_id)
        return violations(self.accepted, self._store, self.seen)

    def _look_at_store(self) -> None:
        over: set[str] = set()
        while not self._finished.wait(LOOK_EVERY_S):
            with suppress(Retryable):
                self._look_at_documents([job_id for job_id in list(self.accepted) if job_id not in over])
                over |= {job_id for job_id in list(self.accepted) if keys.end(job_id) in self.committed}

    def _look_at_api(self) -> None:
        over: set[str] = set()
        while not self._finished.wait(LOOK_EVERY_S):
            for job_id in [job_id for job_id in list(self.accepted) if job_id not in over]:
                if self._look_at(job_id):
                    over.add(job_id)

    def _look_at(self, job_id: str) -> bool:
        """See how far a job is; True once it says that it is over."""
        answer = self._ask("GET", f"/v1/jobs/{job_id}", client=self._looking)
        if answer is None or answer.status_code != 200:
            return False
        job = answer.json()
        if job["state"] not in {"cancelled", "failed"}:  # which tell what was kept, not how far the work had come
            self.seen.done.setdefault(job_id, []).append(float(job["progress"]["done"]))
        if job["state"] not in TERMINAL:
            return False
        self.seen.ends.setdefault(job_id, set()).add(job["state"])
        return True

    def _look_at_documents(self, job_ids: list[str]) -> None:
        for job_id in job_ids:
            reports = [info.key for info in self._store.list(keys.reports(job_id))]
            for key in (keys.plan(job_id), keys.end(job_id), *reports):
                self._note(key)
            self._note_lateness(job_id)

    def _note(self, key: str) -> None:
        with suppress(ObjectNotFound):
            digest = hashlib.sha256(self._store.get(key)).hexdigest()
            self.committed.setdefault(key, time.monotonic())
            digests = self.seen.documents.setdefault(key, [])
            if digest not in digests:
                digests.append(digest)

    def _note_lateness(self, job_id: str) -> None:
        asked, ended = self._cancelled_at.get(job_id), self.committed.get(keys.end(job_id))
        if asked is not None and (ended or time.monotonic()) - asked > self._cancelled_within_s:
            self.seen.late[job_id] = f"it was cancelled, and not over after {self._cancelled_within_s:.0f} s"

    def _ask(
        self, method: str, path: str, *, client: httpx.Client | None = None, **options: Any
    ) -> httpx.Response | None:
        """Ask the API; None where there is none at the moment. Answers that are not as promised are noted."""
        try:
            answer = (client or self._http).request(method, path, **options)
        except httpx.TransportError as error:
            self.blind += 1
            if isinstance(error, httpx.ReadTimeout):
                self.seen.answers.append(f"{method} {_shape(path)}: no answer within {ANSWER_LIMIT_S:.0f} s")
            return None
        if answer.is_success:
            return answer
        kind = answer.headers.get("content-type", "")
        may = {UNAVAILABLE, CONFLICT} if path.endswith(":cancel") else {UNAVAILABLE}  # to be cancelled, it may be over
        if answer.status_code not in may or kind != PROBLEM:
            self.seen.answers.append(f"{method} {_shape(path)}: {answer.status_code} {kind} {answer.text[:200]}")
        return answer


def _shape(path: str) -> str:
    """The path without the id in it."""
    return "/".join("{id}" + part[26:] if len(part) >= 26 else part for part in path.split("/"))


def assert_kept(onlooker: Onlooker, *, limit_s: float = 180) -> None:
    """All jobs end, and no promise is broken."""
    onlooker.wait(limit_s=limit_s)
    found = onlooker.violations()
    assert found == [], found
