"""What pages show of an audit: its own, and those of other jobs of the same model and images."""

from __future__ import annotations

import io
import re
from collections import Counter
from html import unescape

import pyarrow.parquet as pq
from fastapi.testclient import TestClient

from api.app import create_app
from jobs import keys
from jobs.results.verdicts.audit_verdict import audit_sentences
from jobs.results.verdicts.verdict import NO_AUDIT
from tests.services.audits import child_of, explained, findings_of, run_all, submit_audit
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
    later = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    image = later.get(f"/jobs/{explanation}/images/test-00000").text  # an audit is looked for once a minute
    assert f'<a href="/jobs/{job_id}">Audit {job_id}</a>' in image
    assert NO_AUDIT in told(client, others)


def test_images_are_filtered_by_the_clusters_of_their_audit(services: Services) -> None:
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    job_id = submit_audit(services, split="test[0:72]", shard_size=72)
    run_all(services, job_id)
    table = pq.read_table(io.BytesIO(services.store.get(keys.file(job_id, "clusters.parquet")))).to_pydict()
    sizes = Counter(table["cluster"])
    assert set(sizes) == {1, 2}
    child = child_of(services, job_id)
    assert child is not None
    for each in (job_id, child.id):
        assert client.get(f"/v1/jobs/{each}/facets").json()["cluster"] == {str(key): sizes[key] for key in (1, 2)}
        answer = client.get(f"/v1/jobs/{each}/results", params={"cluster": 2, "limit": 100}).json()
        assert answer["total"] == sizes[2]
        members = {one for one, cluster in zip(table["image_id"], table["cluster"], strict=True) if cluster == 2}
        assert {item["image_id"] for item in answer["items"]} == members
        both = client.get(f"/v1/jobs/{each}/facets", params={"cluster": 2}).json()
        assert (both["cluster"], both["total"]) == ({str(key): sizes[key] for key in (1, 2)}, sizes[2])
        assert "cluster 2" in client.get(f"/jobs/{each}/images").text


def test_where_no_audit_made_clusters_a_filter_by_them_is_refused(services: Services) -> None:
    client = TestClient(create_app(store=services.store, board=services.board, queue=services.queue))
    explanation = explained(services)
    assert client.get(f"/v1/jobs/{explanation}/facets").json()["cluster"] is None
    assert "Clusters" not in client.get(f"/jobs/{explanation}/images").text
    refused = client.get(f"/v1/jobs/{explanation}/results", params={"cluster": 1})
    assert refused.status_code == 422
    assert "in no clusters" in refused.text
    unreadable = client.get(f"/v1/jobs/{explanation}/results", params={"cluster": "first"})
    assert "is no cluster: expected its number, from 1" in unreadable.text
