"""What is true of every explanation that has succeeded, whoever was killed meanwhile."""

from __future__ import annotations

from tests.services.stack import Json, Stack


def assert_complete(stack: Stack, job_id: str, job: Json, *, images: int) -> None:
    """Succeeded, every image once, every report as the manifest says."""
    assert job["state"] == "succeeded", f"{job}\n{stack.logs()}"
    manifest = stack.stored(job_id, "manifest.json")
    listed = stack.images(job_id)
    assert len(listed) == images
    assert len(set(listed)) == images
    reports = stack.reports(job_id)
    assert {entry["step"]: entry["attempt"] for entry in manifest["reports"]} == {
        step: report["attempt"] for step, report in reports.items()
    }
    for report in reports.values():
        for record in stack.records(report):
            for method in record["methods"]:
                assert (stack.store / method["overlay"]["key"]).stat().st_size == method["overlay"]["size"]
