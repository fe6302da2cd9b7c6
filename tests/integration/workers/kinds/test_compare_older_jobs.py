"""Jobs that an earlier release has left are compared like those of this one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.connection import Connection
from store.memory import MemoryStore
from tests.services.comparisons import found_by
from tests.services.worker_services import services_on
from workers.step.services import Services

STORED = Path(__file__).parents[3] / "contract" / "stored" / "0.1.0"
EXPLANATION, EVALUATION = "01m8cam7m3h64gptgcehbnp96b", "01m8cam7n6jr9k8m9n93q9bmqn"
SAME = "01m8zzzzzzzzzzzzzzzzzzzzzz"


@pytest.fixture
def services(connection: Connection) -> Services:
    """A store with what 0.1.0 wrote, and each job once more under another id."""
    store = MemoryStore("older")
    for path in sorted(STORED.rglob("*")):
        if path.is_file():
            store.put(str(path.relative_to(STORED)), path.read_bytes())
    return services_on(connection, store)


def copied(services: Services, job_id: str) -> str:
    for info in list(services.store.list(f"jobs/{job_id}/")):
        data = services.store.get(info.key)
        if info.key.endswith(".json"):
            data = data.replace(job_id.encode(), SAME.encode())
        services.store.put(info.key.replace(job_id, SAME), data)
    return SAME


def test_an_explanation_of_the_first_release_agrees_with_its_copy(services: Services) -> None:
    found = found_by(services, first=EXPLANATION, second=copied(services, EXPLANATION))
    assert found.changed == found.only_first == found.only_second == 0
    assert {each.first_method for each in found.maps} == {"gradcam", "integrated_gradients"}
    for maps in found.maps:
        assert maps.correlation is not None
        assert maps.correlation.mean == pytest.approx(1)


def test_an_evaluation_of_the_first_release_has_its_conditions_compared(services: Services) -> None:
    found = found_by(services, first=EVALUATION, second=copied(services, EVALUATION))
    assert found.accuracy is not None
    assert (found.accuracy.fixed, found.accuracy.broken) == (0, 0)
    assert len(found.conditions) == 4
