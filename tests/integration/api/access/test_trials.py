"""The trials of a sweep are jobs: of another project's nothing is told, whatever a list of trials names."""

from __future__ import annotations

from jobs import keys
from jobs.identity.role import Role
from jobs.results.trial_run import TrialRun, TrialRuns
from tests.integration.api.access.conftest import OTHER, Site, bearer
from tests.integration.api.pages.test_sweeps import SWEEP


def test_a_list_of_trials_shows_no_job_of_another_project(site: Site, job_id: str) -> None:
    key = site.key(Role.SUBMITTER, OTHER)
    sweep = site.http.post("/v1/jobs", json=SWEEP, headers=bearer(key)).json()["id"]
    own = site.submit(key)
    tried = {"optimizer.learning_rate": 0.01}
    runs = tuple(
        TrialRun(trial=trial, rung=0, epochs=1, settings=tried, job_id=each) for trial, each in enumerate((job_id, own))
    )
    site.store.put(keys.trials(sweep), TrialRuns(job_id=sweep, runs=runs).encode())
    answer = site.http.get(f"/v1/jobs/{sweep}/trials", headers=bearer(key))
    assert [each["job"]["id"] for each in answer.json()["items"]] == [own]
    page = site.http.get(f"/jobs/{sweep}", headers={**bearer(key), "accept": "text/html"})
    assert page.status_code == 200
    assert "secret name" not in answer.text + page.text
