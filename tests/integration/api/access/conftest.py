"""The API that asks who somebody is, with a job, a model and a folder of the project ``rose``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from fastapi.testclient import TestClient

from api.access.gate import require_identity
from api.app import create_app
from dispatch.connection import Connection
from dispatch.identity.key_ring import KeyRequest, create_key
from jobs import keys
from jobs.identity import identity_keys
from jobs.identity.quota import NO_QUOTA, Quota
from jobs.identity.role import Role
from jobs.models.model import PublishedModel
from store.memory import MemoryStore
from tests.integration.api.conftest import ROSE, TRAIN, Api

OWN, OTHER = "rose", "tulip"


@dataclass
class Site:
    """An installation whose API asks who somebody is."""

    api: Api
    http: TestClient
    store: MemoryStore

    def key(self, role: Role = Role.SUBMITTER, *projects: str, quota: Quota = NO_QUOTA) -> str:
        """A new key."""
        name = f"{role.value} of {' and '.join(projects or (OWN,))}"
        return create_key(KeyRequest(name, role, projects or (OWN,), quota=quota), self.store)[1]

    def publish(self, job_id: str, project: str) -> None:
        """End a job with a model."""
        self.api.end(job_id)
        names = tuple(f"class {number}" for number in range(9))
        document = {**ROSE, "id": job_id, "job_id": job_id, "project": project}
        self.store.put(keys.model(job_id), PublishedModel(**document, class_names=names).encode())

    def restarted(self) -> TestClient:
        """Another process of the same installation, which knows nothing yet."""
        return made_client(self.store, self.api.connection)

    def contents(self) -> dict[str, bytes]:
        """Everything in the store but the audit log, which holds attempts, too."""
        return {
            key: data for key, data in self.api.contents().items() if not key.startswith(identity_keys.AUDIT_PREFIX)
        }

    def submit(self, key: str, **spec: object) -> str:
        """Submit a job with a key; returns its id."""
        answer = self.http.post("/v1/jobs", json={**TRAIN, **spec}, headers=bearer(key))
        assert answer.status_code == 202, answer.text
        return str(answer.json()["id"])


def bearer(key: str) -> dict[str, str]:
    """The header that says who somebody is."""
    return {"Authorization": f"Bearer {key}"}


def made_client(store: MemoryStore, connection: Connection) -> TestClient:
    """A client of an API that asks who somebody is."""
    app = create_app(store=store, board=connection.board, queue=connection.queue)
    require_identity(app)
    return TestClient(app, base_url="https://testserver", follow_redirects=False)


@pytest.fixture
def site(store: MemoryStore, connection: Connection) -> Iterator[Site]:
    with made_client(store, connection) as http:
        yield Site(Api(http, store, connection), http, store)


@pytest.fixture
def job_id(site: Site) -> str:
    """A job of the project ``rose`` that is over, with its model."""
    made = site.submit(site.key(), name="secret name")
    site.publish(made, OWN)
    site.store.put(f"{keys.DATASETS_PREFIX}@{OWN}/secret/rose/1.jpg", b"picture")
    return made
