from __future__ import annotations

import base64
import dataclasses
import re

from jobs.results.record import ImageRecord
from tests.unit.workers.kinds.explain.report.conftest import finishing, page
from workers.kinds.explain.report.selection import WRONG


def test_the_page_asks_for_nothing_from_outside() -> None:
    html = page(finishing(70))
    addresses = re.findall(r"""(?:src|href)\s*=\s*["']([^"']*)""", html)
    assert addresses
    assert all(address.startswith(("data:image/", "#")) for address in addresses)
    assert not re.search(r"<script|<link|@import|url\(", html)


def test_names_are_shown_as_they_are_and_never_run() -> None:
    html = page(finishing(4))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "tulip &amp; rose" in html


def test_only_a_page_that_leaves_classes_out_says_so() -> None:
    said = "classes with the most images are shown"
    assert said not in page(finishing(4, explained_classes=2))
    assert f"The 120 {said}" in page(finishing(4, explained_classes=121))


def test_a_large_job_has_a_page_of_bounded_size() -> None:
    html = page(finishing(4149))
    assert len(html) < 5_000_000
    assert html.count('class="card"') <= 8 + WRONG + 12


def test_overlays_are_shown_as_they_are_stored() -> None:
    made = finishing(4)
    assert base64.b64encode(made.services.store.get("jobs/j/a.jpg")).decode() in page(made)


def test_a_job_whose_images_all_failed_says_why() -> None:
    made = finishing(2)
    broken = tuple(ImageRecord(image_id=f"b{index}", index=index, error="cut off <here>") for index in range(2))
    reports = (made.reports[0].model_copy(update={"records": broken, "artifacts": ()}),)
    html = page(dataclasses.replace(made, reports=reports))
    assert "cut off &lt;here&gt;" in html
    assert "2 failed" in html


def test_a_job_that_did_not_finish_says_of_how_many_images_it_tells() -> None:
    made = finishing(130)
    html = page(dataclasses.replace(made, reports=made.reports[:1]))
    assert "shows 64 of its 130 images" in html
    assert "of its" not in page(made)
