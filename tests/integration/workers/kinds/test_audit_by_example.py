"""Wrong images by example: an audit shows each beside training images, with pictures of all of them."""

from __future__ import annotations

from jobs import keys
from jobs.results.report import Report
from tests.services.audits import findings_of, run_all, submit_audit
from workers.kinds.audit.report.audit_page import MOST_EXAMPLES
from workers.step.services import Services


def test_all_that_is_told_by_example_has_pictures_and_the_report_shows_the_surest(services: Services) -> None:
    job_id = submit_audit(services, looks_for=["labels"])
    run_all(services, job_id)
    examples = findings_of(services, job_id).by_example
    assert len(examples) > MOST_EXAMPLES
    near = [near for each in examples for near in (*each.true_class, *each.predicted_class)]
    told = {one.picture for one in near} | {one.picture for one in examples}
    assert None not in told
    report = Report.decode(services.store.get(keys.report(job_id, "findings")))
    assert told <= {file.name for file in report.artifacts}
    page = services.store.get(keys.file(job_id, "audit.html")).decode()
    assert page.count('<div class="example">') == MOST_EXAMPLES
