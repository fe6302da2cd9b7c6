"""What pages show of an audit: its own, and those of other jobs of the same model and images."""

from __future__ import annotations

import re
from html import unescape

from fastapi.testclient import TestClient

from api.app import create_app
from jobs.results.verdicts.audit_verdict import audit_sentences
from jobs.results.verdicts.verdict import NO_AUDIT
from tests.services.audits import explained, findings_of, run_all, submit_audit
from workers.step.services import Services


def test_the_page_begins_with_what_the_audit_means_and_shows_its_evidence(services: Services) -> None:
    app = create_app(store=services.store, board=services.board, queue=services.queue)
    client = TestClient(app)
    job_id = submit_audit(services)
    assert "appear when all stages are done" in client.get(f"/jobs/{job_id}").text
    run_all(services, job_id)
    page = client.get(f"/jobs/{job_id}")
    assert page.status_code == 200
    found = findings_of(services, job_id)
    for sentence in audit_sentences(found):
        assert f'href="#{sentence.evidence}"' in page.text
        assert f'id="{sentence.evidence}"' in page.text
    for picture in (each.picture for finding in found.findings for each in finding.evidence):
        assert client.get(f"/v1/jobs/{job_id}/artifacts/{picture}").headers["content-type"] == "image/jpeg"
    assert client.get(f"/v1/jobs/{job_id}/artifacts/findings.json").json()["job_id"] == job_id
    report = client.get(f"/jobs/{job_id}/report").text
    assert all(f'id="{sentence.evidence}"' in report for sentence in audit_sentences(found))
    assert "http" not in report.replace("http://www.w3.org", "")


def told(client: TestClient, job_id: str) -> str:
    """The page of a job, its commands between backticks."""
    return re.sub("</?code>", "`", unescape(client.get(f"/jobs/{job_id}").text))


def test_the_page_of_an_explanation_says_what_an_audit_of_its_model_and_images_found(
    services: Services,
) -> None:
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    explanation, others = explained(services), explained(services, split="test[0:8]")
    assert NO_AUDIT in told(client, explanation)
    job_id = submit_audit(services, explanation=f"job:{explanation}", looks_for=["slices"])
    run_all(services, job_id)
    page = client.get(f"/jobs/{explanation}").text
    assert "An audit of this model and these images found" in page
    assert f'<a href="/jobs/{job_id}">' in page
    assert NO_AUDIT in told(client, others)
