"""The page of an image says what an audit found of it: the audit itself, or the one that asked for the explanation."""

from __future__ import annotations

import hashlib
import re
from html import unescape

import pytest
from fastapi.testclient import TestClient

from jobs import keys
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.results.finding import ByExample, Finding, Findings, Neighbour
from jobs.results.manifest import Manifest
from store.memory import MemoryStore
from tests.integration.api.pages.image.made_up import IDS, JOB, store_shown
from tests.services.stored_results import START, store_results

WORDS = "12 pictures of rose have a white frame"
FINDINGS = Findings(
    job_id="audit",
    model_id="made-up",
    dataset="store:datasets/garden",
    split="test",
    explanation=JOB,
    findings=(
        Finding(kind="place", verdict="suspicion", severity="low", words="of others", image_ids=("other.png",)),
        Finding(kind="place", verdict="shortcut", severity="high", words=WORDS, image_ids=(IDS[0],)),
    ),
    by_example=(
        ByExample(
            image_id=IDS[0],
            label=0,
            prediction=1,
            confidence=0.9,
            true_class=(Neighbour(image_id="train/7.png", label=0, similarity=0.5, picture="near 7.jpg"),),
        ),
    ),
)


@pytest.fixture(autouse=True)
def _audited(store: MemoryStore) -> None:
    store_shown(store)
    shown = Job.decode(store.get(keys.spec(JOB)))
    store.put(keys.spec(JOB), shown.model_copy(update={"parent": "audit"}).encode())
    store_results(store, "audit", [], spec={"kind": "audit"})
    data = FINDINGS.encode()
    info = store.put("jobs/audit/findings.json", data)
    digest = hashlib.sha256(data).hexdigest()
    file = Artifact(name="findings.json", key=info.key, size=len(data), sha256=digest)
    manifest = Manifest(job_id="audit", kind="audit", created_at=START, complete=True, reports=(), files=(file,))
    store.put(keys.manifest("audit"), manifest.encode())


def page(http: TestClient, path: str) -> str:
    answer = http.get(path, headers={"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return str(answer.text)


def test_findings_that_name_the_image_stand_there_with_a_link(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert WORDS in text
    assert "of others" not in text
    assert 'href="/jobs/audit#finding-2"' in text


def test_the_training_images_most_like_it_are_shown(http: TestClient) -> None:
    text = page(http, f"/jobs/{JOB}/images/{IDS[0]}")
    assert 'src="/v1/jobs/audit/artifacts/near%207.jpg"' in text
    assert "train/7.png, cosine 0.5" in text


def test_an_image_that_no_finding_names_says_so(http: TestClient) -> None:
    assert "No finding names this image." in page(http, f"/jobs/{JOB}/images/{IDS[1]}")


def test_a_finding_on_the_page_of_the_audit_leads_to_its_images_with_their_maps(http: TestClient) -> None:
    addresses = re.findall(r'<a href="([^"]+)">Its images</a>', page(http, "/jobs/audit"))
    assert len(addresses) == 2
    images = page(http, unescape(addresses[1]))
    assert "<strong>1</strong> image" in images
    assert f'href="/jobs/{JOB}/images/{IDS[0]}?id={IDS[0]}"' in images.replace("%2F", "/")
