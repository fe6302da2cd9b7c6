"""A picture that is gone or damaged is missing on pages, and costs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs import keys
from jobs.results.manifest import Manifest
from jobs.state import JobState
from store.base import ObjectStore
from tests.integration.workers.conftest import submit_explanation
from tests.integration.workers.lifecycle.conftest import FILES, FIRST, SECOND, end_of, run_all
from tests.services.audits import explained, findings_of, steps_of, submit_audit
from tests.services.audits import run_all as run_audit_steps
from tests.services.comparisons import found_by
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

Damage = Callable[[ObjectStore, str], object]


def lose(store: ObjectStore, key: str) -> None:
    store.delete(key)


def tear(store: ObjectStore, key: str) -> None:
    data = store.get(key)
    store.put(key, data[: len(data) // 2])


def replace_by_noise(store: ObjectStore, key: str) -> None:
    store.put(key, b"noise" * 20)


DAMAGES = [lose, tear, replace_by_noise]


def pictures_of(job_id: str, store: ObjectStore, *, name: str) -> list[str]:
    return [info.key for info in store.list(f"{keys.job(job_id)}attempts/") if info.key.endswith(name)]


@pytest.mark.parametrize("name", [".jpg", "gallery.npz"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_an_explanation_ends_with_its_table_and_its_report(services: Services, damage: Damage, name: str) -> None:
    job_id = submit_explanation(services)
    for step in ("plan", FIRST, SECOND):
        run_step(job_id, step, services)
    for key in pictures_of(job_id, services.store, name=name):
        damage(services.store, key)
    assert run_step(job_id, "finalize", services) == "succeeded"
    assert {file.name for file in Manifest.decode(services.store.get(keys.manifest(job_id))).files} == FILES


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_comparison_draws_the_raw_map_instead(services: Services, damage: Damage) -> None:
    jobs = [submit_explanation(services) for _ in range(2)]
    for job_id in jobs:
        run_all(services, job_id)
        assert end_of(services, job_id).state is JobState.SUCCEEDED
        for key in pictures_of(job_id, services.store, name=".jpg"):
            damage(services.store, key)
    found = found_by(services, first=jobs[0], second=jobs[1])
    assert found.maps[0].missing == 0
    assert found.least_alike


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_audit_ends_with_its_page(services: Services, damage: Damage) -> None:
    job_id = submit_audit(services, looks_for=["labels", "slices", "pictures"])
    run_step(job_id, "plan", services)
    for step in steps_of(services, job_id):
        run_step(job_id, step, services)
    pictures = pictures_of(job_id, services.store, name=".jpg")
    assert pictures
    for key in pictures:
        damage(services.store, key)
    assert run_step(job_id, "finalize", services) == "succeeded"


@pytest.mark.parametrize("damage", DAMAGES)
def test_an_audit_computes_features_anew_that_an_explanation_has_no_more(services: Services, damage: Damage) -> None:
    explanation = explained(services)
    for key in pictures_of(explanation, services.store, name="features.npz"):
        damage(services.store, key)
    asked = {"looks_for": ["slices"], "training_split": None}
    found = findings_of(services, run_audit(services, explanation=f"job:{explanation}", **asked))
    assert found == findings_of(services, run_audit(services, **asked)).model_copy(update={"job_id": found.job_id})


def run_audit(services: Services, **asked: Any) -> str:
    job_id = submit_audit(services, **asked)
    assert run_audit_steps(services, job_id).state is JobState.SUCCEEDED
    return job_id
