"""A client against the real API, with a worker in the test's own process."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from fastapi import FastAPI

from api.app import create_app
from dispatch.connection import Connection
from florescope import Client, Job
from store.memory import MemoryStore
from tests.services.api_server import api_client
from tests.services.light_explanations import light_spec, publish_light_model
from tests.services.mapped_explanations import work_on
from tests.services.ports import free_port
from tests.services.worker_services import services_on


@dataclass
class Stack:
    """An API that can be stopped and started again, and a worker that works when it is told to."""

    connection: Connection
    store: MemoryStore = field(default_factory=lambda: MemoryStore("client"))
    port: int = field(default_factory=free_port)

    @property
    def url(self) -> str:
        """Address of the API."""
        return f"http://127.0.0.1:{self.port}"

    @contextmanager
    def serving(self) -> Iterator[None]:
        """The API, as long as it is entered."""
        app: FastAPI = create_app(store=self.store, board=self.connection.board, queue=self.connection.queue)
        with api_client(app, port=self.port):
            yield

    def work_on(self, job: Job, *, finalize: bool = True) -> None:
        """Do all of the job's work."""
        work_on(job.id, services_on(self.connection, self.store), finalize=finalize)


@pytest.fixture
def stack(connection: Connection) -> Stack:
    made = Stack(connection)
    publish_light_model(made.store)
    return made


@pytest.fixture
def client(stack: Stack) -> Iterator[Client]:
    with stack.serving(), Client(stack.url) as client:
        yield client


@pytest.fixture
def explained(stack: Stack, client: Client) -> Job:
    """Ten images, of which one could not be decoded."""
    job = client.submit(light_spec(10))
    stack.work_on(job)
    return job
