"""Where a finding of an audit leads: to the images that it names, with their maps."""

from __future__ import annotations

from api.pages.gallery.leads import MOST_IDS, finding_url
from jobs.results.finding import Evidence, Finding, Findings

FOUND = Findings(job_id="audit", model_id="m", dataset="d", split="test", training_split="train", explanation="maps")


def finding(**more: object) -> Finding:
    return Finding.model_validate({"kind": "label", "verdict": "slice", "severity": "low", "words": "So.", **more})


def test_it_leads_to_the_images_that_it_names_in_the_explanation() -> None:
    evidence = (Evidence(image_id="b.jpg", split="test"),)
    named = finding(image_ids=("b.jpg", "a.jpg"), evidence=evidence, label=3)
    assert finding_url("audit", FOUND, named) == "/jobs/maps/images?id=a.jpg&id=b.jpg"


def test_without_an_explanation_the_audit_has_the_images_itself() -> None:
    alone = FOUND.model_copy(update={"explanation": None})
    assert finding_url("audit", alone, finding(image_ids=("a.jpg",))) == "/jobs/audit/images?id=a.jpg"


def test_one_that_names_no_image_leads_to_its_class() -> None:
    assert finding_url("audit", FOUND, finding(label=3)) == "/jobs/maps/images?label=3"
    assert finding_url("audit", FOUND, finding()) is None


def test_one_of_training_images_leads_nowhere() -> None:
    evidence = (Evidence(image_id="a.jpg", split="train"),)
    assert finding_url("audit", FOUND, finding(image_ids=("a.jpg",), evidence=evidence)) is None


def test_an_address_holds_so_many_ids() -> None:
    url = finding_url("audit", FOUND, finding(image_ids=tuple(f"{number:04d}" for number in range(500))))
    assert url is not None
    assert url.count("id=") == MOST_IDS
