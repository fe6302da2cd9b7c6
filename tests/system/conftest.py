"""One stack and one trained model for all system tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.services.stack import Stack, running_stack

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
    for name in ("worker", "light", "finalize", "beat", "api", "flower"):
        process = stack.processes.get(name)
        if process is None or process.poll() is not None:
            stack.start(name)
