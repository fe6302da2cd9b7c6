from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient

from dispatch.connection import Connection
from dispatch.submission import submit
from jobs import keys
from jobs.job import Job, Origin
from jobs.results.trial_run import TrialRun, TrialRuns
from jobs.specs.sweep_spec import SweepSpec
from jobs.state import JobState
from store.memory import MemoryStore

BASE = {"dataset": "synthetic_flowers", "backbone": "SmallCNN", "weights": "none", "epochs": 4}
SWEEP = {"kind": "sweep", "name": "rates", "base": BASE, "grid": {"optimizer.learning_rate": [0.01, 0.001]}}


def begun(sweep_id: str, store: MemoryStore, connection: Connection) -> list[Job]:
    """Submit the sweep's trials, as its first look would; the first one is over."""
    spec = Job.decode(store.get(keys.spec(sweep_id))).spec
    assert isinstance(spec, SweepSpec)
    jobs = [
        submit(
            spec.trial_spec(trial, rung=0),
            store=store,
            board=connection.board,
            queue=connection.queue,
            origin=Origin(parent=sweep_id),
        ).job
        for trial in range(2)
    ]
    results: tuple[dict[str, Any], ...] = (
        {"state": JobState.SUCCEEDED, "validation_accuracy": 0.75, "test_accuracy": 0.5},
        {},
    )
    runs = tuple(
        TrialRun(trial=trial, rung=0, epochs=4, settings=spec.trials[trial], job_id=job.id, **result)
        for trial, (job, result) in enumerate(zip(jobs, results, strict=True))
    )
    store.put(keys.trials(sweep_id), TrialRuns(job_id=sweep_id, runs=runs).encode())
    return jobs


def test_a_sweep_is_accepted_with_or_without_saying_that_its_base_is_a_training(http: TestClient) -> None:
    for base in (BASE, {"kind": "train", **BASE}):
        answer = http.post("/v1/jobs", json={**SWEEP, "base": base})
        assert answer.status_code == 202, answer.text
        assert answer.json()["spec"]["base"]["kind"] == "train"


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"grid": {"optimizer.lerning_rate": [1]}}, "grid.optimizer.lerning_rate", "did you mean"),
        ({"grid": {"optimizer.learning_rate": [0.1, 0]}}, "grid.optimizer.learning_rate", "trial 1"),
        ({"grid": {"weights": ["imagenet"]}}, "grid", "trial 0 (weights imagenet)"),
        ({"grid": {"batch_size": 16}}, "grid.batch_size", "valid tuple"),
        ({"base": {**BASE, "epochs": 0}}, "base.epochs", "greater than or equal to 1"),
        ({"base": {**BASE, "splits": {"train": "holdout"}}}, "base.splits.train", "holdout"),
        (
            {"grid": {}, "samples": 2, "random": {"optimizer.learning_rate": {"low": 0, "high": 1, "log": True}}},
            "random.optimizer.learning_rate",
            "no logarithm",
        ),
        ({"halving": {"factor": 1}}, "halving.factor", "greater than or equal to 2"),
        ({"grid": {"seed": list(range(400)), "epochs": [1, 2]}}, "", "800 combinations"),
    ],
)
def test_a_sweep_that_cannot_be_run_is_refused_by_field(
    http: TestClient, changes: dict[str, Any], field: str, words: str
) -> None:
    answer = http.post("/v1/jobs", json={**SWEEP, **changes})
    assert answer.status_code == 422
    problems = {each["field"]: each["message"] for each in answer.json()["errors"]}
    assert words in problems[field]


def test_the_trials_of_a_sweep_name_their_parent_and_are_listed_by_it(
    http: TestClient, store: MemoryStore, connection: Connection
) -> None:
    sweep_id = http.post("/v1/jobs", json=SWEEP).json()["id"]
    http.post("/v1/jobs", json={"kind": "train", **BASE})
    trials = begun(sweep_id, store, connection)
    listed = http.get("/v1/jobs", params={"parent": sweep_id}).json()["items"]
    assert {job["id"] for job in listed} == {job.id for job in trials}
    assert {job["parent"] for job in listed} == {sweep_id}


def test_the_leaderboard_can_be_read_while_the_sweep_runs(
    http: TestClient, store: MemoryStore, connection: Connection
) -> None:
    sweep_id = http.post("/v1/jobs", json=SWEEP).json()["id"]
    assert http.get(f"/v1/jobs/{sweep_id}/trials").json() == {"items": []}
    first, second = begun(sweep_id, store, connection)
    items = http.get(f"/v1/jobs/{sweep_id}/trials").json()["items"]
    assert [item["job"]["id"] for item in items] == [first.id, second.id]
    assert items[0]["best"]["validation_accuracy"] == 0.75
    assert items[1]["best"]["validation_accuracy"] is None


def test_the_page_of_a_sweep_shows_its_trials_and_what_each_changes(
    http: TestClient, store: MemoryStore, connection: Connection
) -> None:
    sweep_id = http.post("/v1/jobs", json=SWEEP).json()["id"]
    assert "appear as they begin" in http.get(f"/jobs/{sweep_id}").text
    first, _ = begun(sweep_id, store, connection)
    page = http.get(f"/jobs/{sweep_id}").text
    assert "optimizer.learning_rate" in page
    assert f"/jobs/{first.id}" in page
    assert "75.0\u00a0%" in page
    assert f'href="/jobs/{sweep_id}"' in http.get(f"/jobs/{first.id}").text


def test_the_page_of_all_jobs_shows_the_sweep_and_not_its_trials(
    http: TestClient, store: MemoryStore, connection: Connection
) -> None:
    sweep_id = http.post("/v1/jobs", json=SWEEP).json()["id"]
    trials = begun(sweep_id, store, connection)
    page = http.get("/").text
    assert sweep_id in page
    assert [job.id for job in trials if job.id in page] == []
    listed = http.get("/v1/jobs", params={"parent": ""}).json()["items"]
    assert [job["id"] for job in listed] == [sweep_id]


def test_an_explanation_may_wait_for_a_sweep(http: TestClient) -> None:
    sweep_id = http.post("/v1/jobs", json=SWEEP).json()["id"]
    answer = http.post("/v1/jobs", json={"kind": "explain", "model": f"job:{sweep_id}", "dataset": "synthetic_flowers"})
    assert answer.status_code == 202, answer.text
