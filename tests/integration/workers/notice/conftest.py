"""A worker that may send notices to loopback, where a receiver listens."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from dispatch.connection import Connection
from dispatch.notice.channels import new_secret, set_channel
from dispatch.notice.outbox import notices_of
from dispatch.submission import submit
from jobs.job import Origin, Problem
from jobs.notice.channel import Channel, ChannelKind
from jobs.notice.notice import Notice
from jobs.specs.spec import spec_adapter
from jobs.state import JobState
from store.memory import MemoryStore
from tests.services.receiver import Receiver, receiver
from tests.services.worker_services import services_on
from workers.lifecycle.end_job import bare_end, write_end
from workers.notice import send_due
from workers.step.services import NoticeOptions, Services

PROJECT = "rose"
TRAIN = {"kind": "train", "dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "name": "roses"}


@dataclass
class Sender:
    """A worker, and a project whose jobs end."""

    services: Services
    there: Receiver

    def channel(
        self, how: str = "200", *, name: str = "ci", kind: ChannelKind = "webhook", **fields: object
    ) -> Channel:
        """Set a channel to the receiver, which answers so."""
        url = str(fields.pop("url", self.there.url(how)))
        made = Channel(
            name=name,
            kind=kind,
            url=url,
            secret=new_secret(),
            created_at=datetime.now(UTC),
            **fields,
        )
        set_channel(PROJECT, made, self.services.store)
        return made

    def submit(self, *, parent: str | None = None, **fields: object) -> str:
        """Submit a job of the project."""
        spec = spec_adapter.validate_python({**TRAIN, **fields})
        here, origin = self.services, Origin(project=PROJECT, submitter="anna", parent=parent)
        return submit(spec, store=here.store, board=here.board, queue=here.queue, origin=origin).job.id

    def end(self, job_id: str, state: JobState = JobState.SUCCEEDED) -> None:
        """End a job."""
        write_end(bare_end(job_id, state, Problem(message="no such class")), self.services, kind="train")

    def send(self, *, private_hosts: tuple[str, ...] = ("127.0.0.1",)) -> int:
        """One round of sending, in which a worker may send to these private hosts."""
        options = NoticeOptions(public_url="https://flores.example.org", private_hosts=frozenset(private_hosts))
        return send_due.send_due(replace(self.services, notices=options))

    def notices(self, job_id: str | None = None) -> list[Notice]:
        """What was written down."""
        return notices_of(PROJECT, self.services.store, job_id=job_id)


@pytest.fixture
def sender(connection: Connection, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sender]:
    monkeypatch.setattr(send_due, "_later", {})
    options = NoticeOptions(public_url="https://flores.example.org")
    with receiver() as there:
        yield Sender(replace(services_on(connection, MemoryStore("notices")), notices=options), there)
