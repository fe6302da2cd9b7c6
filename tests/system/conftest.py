"""One stack with one trained model, and one whose jobs are light, for the system tests that need no stack of their own.

What does not depend on the kind of a job is tested on the light stack: its workers start soon, and load no TensorFlow.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from store.open_store import open_store
from tests.services.light_explanations import publish_light_model
from tests.services.light_stack import LightStack
from tests.services.otlp_receiver import OtlpReceiver, otlp_receiver
from tests.services.redis_server import redis_server
from tests.services.stack import QUICK, USUAL, Stack, running_stack

SMALL = {
    "kind": "train",
    "dataset": "synthetic_flowers",
    "backbone": "SmallCNN",
    "weights": "none",
    "splits": {"train": "train[0:720]", "validation": "validation[0:90]", "test": "test[0:90]"},
    "image_size": 32,
    "epochs": 2,
    "batch_size": 32,
}
LIGHT_SERVICES = ("api", "light", "finalize", "beat", "worker")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running_stack(tmp_path_factory.mktemp("stack")) as running:
        yield running


@pytest.fixture(scope="session")
def model(stack: Stack) -> str:
    """Id of a small trained model."""
    job = stack.end(stack.submit(**SMALL))
    assert job["state"] == "succeeded", job
    return str(job["summary"]["model_id"])


@pytest.fixture
def whole(stack: Stack) -> Iterator[Stack]:
    """The stack, and afterwards every service that a test ended is up again."""
    yield stack
    stack.start_missing(USUAL)


@pytest.fixture(scope="session")
def traces() -> Iterator[OtlpReceiver]:
    """What the light stack tells of its jobs."""
    with otlp_receiver() as receiver:
        yield receiver


@pytest.fixture(scope="session")
def running_light(tmp_path_factory: pytest.TempPathFactory, traces: OtlpReceiver) -> Iterator[LightStack]:
    folder = tmp_path_factory.mktemp("light")
    with redis_server(folder) as server:
        stack = LightStack(folder, server, {**QUICK, "OTEL_EXPORTER_OTLP_ENDPOINT": traces.endpoint})
        publish_light_model(open_store(stack.store.as_uri()))
        with stack.running(LIGHT_SERVICES):
            yield stack


@pytest.fixture
def light(running_light: LightStack) -> Iterator[LightStack]:
    """The light stack, and afterwards every service that a test ended is up again."""
    yield running_light
    running_light.start_missing(LIGHT_SERVICES)
