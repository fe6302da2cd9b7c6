"""The head of pages and reports: sentences that lead to their evidence, whatever became of the job."""

from __future__ import annotations

import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from dispatch.submission import request_cancel
from jobs import keys
from jobs.job import JobEnd
from jobs.results.verdicts.verdict import NO_AUDIT
from tests.integration.workers.conftest import submit_explanation
from tests.services.evaluations import submit_evaluation
from workers.lifecycle.run_step import run_step
from workers.step.services import Services

STEPS = ("plan", "shard-00000", "shard-00001", "finalize")


def pages(services: Services, job_id: str, *, report: bool) -> list[str]:
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    addresses = [f"/jobs/{job_id}", f"/jobs/{job_id}/report"]
    answers = [client.get(address) for address in addresses[: 1 + report]]
    assert {answer.status_code for answer in answers} == {200}
    return [answer.text for answer in answers]


def sentences(page: str) -> list[str]:
    listed = page.partition('<ol class="sentences"')[2].partition("</ol>")[0]
    return re.findall(r'<a href="#[\w-]+">(.*?)</a>', re.sub("</?code>", "`", listed))


def leads_nowhere(page: str) -> set[str]:
    return set(re.findall(r'href="#([\w-]+)"', page)) - set(re.findall(r'id="([\w-]+)"', page))


def run(services: Services, job_id: str, steps: tuple[str, ...] = STEPS) -> dict[str, Any]:
    for step in steps:
        run_step(job_id, step, services)
    return JobEnd.decode(services.store.get(keys.end(job_id))).summary or {}


def test_an_explanation_begins_with_what_to_make_of_it(services: Services) -> None:
    job_id = submit_explanation(
        services, methods=["gradcam", "integrated_gradients"], ig={"max_evaluations": 32}, metrics=["randomization"]
    )
    summary = run(services, job_id)
    assert summary["judged"] == summary["weak_classes"]["tested"] == 8
    for page in pages(services, job_id, report=True):
        found = sentences(page)
        assert "of 8 images are predicted correctly (95\u00a0% interval" in found[0]
        assert found[-1] == NO_AUDIT
        assert leads_nowhere(page) == set()


def test_so_does_an_evaluation(services: Services) -> None:
    job_id = submit_evaluation(services, corruptions=["noise"])
    run(services, job_id)
    (page,) = pages(services, job_id, report=False)
    found = sentences(page)
    assert len(found) == 5
    assert "Confidences are off by" in found[2] or "Do not take confidences" in found[2]
    assert "Under 1 corruption " in found[3]
    assert leads_nowhere(page) == set()


@pytest.mark.parametrize("kind", ["explain", "evaluate"])
def test_a_cancelled_job_says_so_first(services: Services, kind: str) -> None:
    job_id = submit_explanation(services) if kind == "explain" else submit_evaluation(services, corruptions=["noise"])
    for step in STEPS[:2]:
        run_step(job_id, step, services)
    request_cancel(job_id, store=services.store, board=services.board, queue=services.queue)
    run(services, job_id, ("finalize",))
    for page in pages(services, job_id, report=kind == "explain"):
        assert "the job did not come to its end" in sentences(page)[0]
        assert leads_nowhere(page) == set()
