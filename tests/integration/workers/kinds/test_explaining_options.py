"""How a job computes: what its specification says reaches the explainer, and what was used is reported."""

from __future__ import annotations

from typing import Any

import pytest

from jobs import keys
from jobs.job import JobEnd
from jobs.specs.explanation_methods import METHODS
from jobs.state import JobState
from ml.attribution import explainer as explainer_module
from ml.attribution.precision import PrecisionProbe
from tests.integration.workers.conftest import submit_explanation
from tests.services.gathered import stored_report
from workers.inputs.stored_model import model_cache
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

FIRST = "shard-00000"


@pytest.fixture(autouse=True)
def no_explainer_of_another_test() -> None:
    model_cache.clear()


def used(services: Services, **changes: Any) -> dict[str, Any]:
    """What the report of the first shard says of how it was computed."""
    job_id = submit_explanation(services, **changes)
    run_step(job_id, "plan", services)
    assert run_step(job_id, FIRST, services) == "committed"
    values = stored_report(services.store, job_id, FIRST).values
    return {name: values[name] for name in ("precision", "batch_size", "path_batch_size")}


def test_a_job_that_says_nothing_is_computed_as_suits_a_cpu(services: Services) -> None:
    assert used(services) == {"precision": "float32", "batch_size": 16, "path_batch_size": 32}


def test_precision_and_batch_size_of_the_specification_reach_the_explainer(services: Services) -> None:
    found = used(services, precision="bfloat16", batch_size=3, methods=["gradcam", "integrated_gradients"])
    assert found == {"precision": "bfloat16", "batch_size": 3, "path_batch_size": 3}


def test_auto_has_the_probe_decide_and_tells_what_it_decided(services: Services) -> None:
    assert used(services, precision="auto")["precision"] in {"float32", "bfloat16"}


def test_a_randomised_model_is_explained_in_the_precision_that_the_probe_chose(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    probed: list[str] = []

    def probe(*_: Any, **named: str) -> PrecisionProbe:
        probed.append(named["feature_layer"])
        return PrecisionProbe(speedup=2.0, rank_correlation=1.0)

    monkeypatch.setattr(explainer_module, "probe", probe)
    assert used(services, precision="auto", metrics=["randomization"])["precision"] == "bfloat16"
    assert len(probed) == 1


def test_paths_that_do_not_fit_into_memory_end_the_plan_with_the_field_to_mend(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ml.attribution.integrated_gradients.path_memory.PATH_MEMORY_BYTES", 40 * 32 * 32 * 4)
    job_id = submit_explanation(services, methods=["integrated_gradients"], ig={"max_evaluations": 41})
    run_step(job_id, "plan", services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert end.error is not None
    assert end.error.field == "ig.max_evaluations"
    assert "use 40 or fewer" in end.error.message


def test_a_job_by_every_method_leaves_maps_of_each(services: Services) -> None:
    job_id = submit_explanation(services, methods=list(METHODS), split="test[0:4]")
    for step in ("plan", FIRST, "finalize"):
        run_step(job_id, step, services)
    end = JobEnd.decode(services.store.get(keys.end(job_id)))
    assert end.state is JobState.SUCCEEDED, end.error
    report = stored_report(services.store, job_id, FIRST)
    assert {f"{FIRST}/{name}.npz" for name in METHODS} <= {artifact.name for artifact in report.artifacts}
    for found in (map_ for record in report.records for map_ in record.methods):
        assert found.overlay is not None
        assert (found.layer is not None) == METHODS[found.method].of_layer
    page = services.store.get(keys.file(job_id, "report.html")).decode()
    assert all(method.title in page for method in METHODS.values())
