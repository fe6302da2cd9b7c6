"""A store with jobs that refer to each other, and one that dies at a write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from dispatch.connection import Connection
from dispatch.housekeeping.clean_up import clean_up
from dispatch.housekeeping.clean_up_plan import CleanUp
from dispatch.housekeeping.delete import Wish, delete
from dispatch.idempotency_note import IdempotencyNote
from dispatch.job_index.entries import entries, note_ended, note_submitted
from dispatch.job_index.segments import compact
from dispatch.submission import idempotency_note
from jobs import keys
from jobs.housekeeping import housekeeping_keys
from jobs.housekeeping.deletion import Deletion
from jobs.housekeeping.thing import job_thing
from jobs.job import Job, JobEnd
from jobs.lists import index_keys
from jobs.lists.index_row import IndexState
from jobs.live.progress import Progress
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.base import ObjectStore
from store.memory import MemoryStore

START = datetime(2026, 1, 1, tzinfo=UTC)
TRAIN = {"kind": "train", "dataset": "store:datasets/mine", "backbone": "SmallCNN", "weights": "none"}
WRITES = ("put", "put_file", "delete")


class Died(BaseException):
    """Raised where the process is to die."""


class MortalStore(MemoryStore):
    """A store that raises ``Died`` before or after the write of a given number."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.dies_at, self.after, self.writes = 0, False, 0

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        return self._fatal(found) if name in WRITES else found

    def _fatal(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(*args: Any, **options: Any) -> Any:
            self.writes += 1
            if self.writes == self.dies_at and not self.after:
                raise Died
            result = write(*args, **options)
            if self.writes == self.dies_at:
                raise Died
            return result

        return written


@dataclass
class Filled:
    """A store, and how jobs come into it."""

    store: ObjectStore
    made: int = 0

    def job(
        self,
        spec: dict[str, Any] | None = None,
        *,
        parent: str | None = None,
        at: datetime = START,
        project: str = "default",
    ) -> str:
        """A job that is over, with files, as the index knows it."""
        self.made += 1
        made_at = at + timedelta(seconds=self.made)
        job_id = str(ULID.from_datetime(made_at)).lower()
        job = Job(
            id=job_id,
            created_at=made_at,
            spec=spec_adapter.validate_python(spec or TRAIN),
            parent=parent,
            project=project,
        )
        self.store.put(keys.spec(job_id), job.encode())
        self.written(keys.spec(job_id), at=made_at)
        note_submitted(job, self.store)
        for name in ("plan.json", "attempts/train/1/model.keras", "reports/train.json", "manifest.json"):
            self.store.put(keys.file(job_id, name), b"file")
        end = JobEnd(
            job_id=job_id, state=JobState.SUCCEEDED, started_at=made_at, finished_at=made_at, progress=Progress()
        )
        self.store.put(keys.end(job_id), end.encode())
        note_ended(end, self.store)
        note = IdempotencyNote(job_id=job_id, spec_sha256="0" * 64)
        self.store.put(idempotency_note(job_id, project=project), note.encode())
        self.written(idempotency_note(job_id, project=project), at=made_at)
        return job_id

    def due(self, jobs: int) -> list[str]:
        """Deleted jobs that are to be removed."""
        made = [self.job() for _ in range(jobs)]
        for job_id in made:
            delete(Wish(job_thing(job_id)), self.store)
        self.age(26)
        return made

    def written(self, key: str, *, at: datetime) -> None:
        """Let an object have been written then."""
        times: dict[str, datetime] = getattr(self.store, "_written_at")  # noqa: B009  (any store of these tests has it)
        times[key] = at

    def model(self, job_id: str) -> str:
        """The model of a job."""
        self.store.put(keys.model(job_id), b"{}")
        return job_id

    def folder(self, name: str = "mine") -> None:
        """A folder of two pictures."""
        for number in range(2):
            self.store.put(f"{keys.DATASETS_PREFIX}{name}/rose/{number}.jpg", b"picture")

    def pack(self) -> None:
        """Have a segment hold all rows."""
        compact(list(entries(self.store).values()), self.store, at_least=1)

    def age(self, hours: float) -> None:
        """Let all deletions be older."""
        for info in list(self.store.list(housekeeping_keys.DELETIONS_PREFIX)):
            known = Deletion.decode(self.store.get(info.key))
            aged = known.model_copy(update={"at": known.at - timedelta(hours=hours)})
            self.store.put(info.key, aged.encode())


def explain(model: str) -> dict[str, Any]:
    """An explanation of a model on the folder ``mine``."""
    return {"kind": "explain", "model": model, "dataset": "store:datasets/mine", "split": "test[0:8]"}


@pytest.fixture
def filled() -> Filled:
    store = MortalStore("housekeeping")
    store.put(index_keys.STATE, IndexState(complete=True).encode())
    return Filled(store)


def cleaned(filled: Filled, connection: Connection, *, days: float = 0) -> CleanUp:
    """What one round of cleaning up does, so many days from now."""
    found = clean_up(filled.store, connection.board, now=datetime.now(UTC) + timedelta(days=days))
    assert found is not None
    return found
