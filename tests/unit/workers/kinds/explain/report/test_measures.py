"""What the page says about what was measured."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import pytest

from jobs.results.record import MethodRecord
from tests.unit.workers.kinds.explain.report.conftest import explained_for, finishing, page, record


def test_the_page_says_how_many_images_were_judged_otherwise_than_its_percentiles() -> None:
    flagged = MethodRecord(method="integrated_gradients", flags=("absolute_tolerance",), values={"relative_delta": 3.0})
    second = flagged.model_copy(update={"rank": 2, "target": 1})
    html = explained_for("top:2", record(0, None).model_copy(update={"methods": (flagged, second)}))
    assert "95th percentile of relative δ; 1 judged in logits" in html


def test_deletion_stands_beside_the_random_map_and_every_class_has_its_line() -> None:
    html = page(finishing(24, deletion_auc=0.25, deletion_auc_random=0.5))
    assert "judge the map, not the model" in html
    table = html.split("<h3>Deletion and insertion</h3>")[1].split("</section>")[0]
    assert "Protocol <strong>florescope</strong>: 32 steps" in table
    assert re.findall(r"<td>deletion</td>.*?\n", table)[0].count("[") == 3
    classes = table.split("<details>")[1]
    assert [name in classes for name in ("&lt;script&gt;", "tulip &amp; rose")] == [True, True]
    assert classes.count('<td class="number">12</td>') == 2
    assert "few</span>" not in classes
    assert "few</span>" in page(finishing(4, deletion_auc=0.25, deletion_auc_random=0.5))


def test_a_job_of_0_1_0_has_its_areas_and_its_randomisation_shown() -> None:
    html = page(finishing(4, deletion_auc=0.25, spearman_random_head=0.5))
    assert re.search(r"<td>deletion</td><td>low</td>\s*<td class=\"number\">0.25", html)
    assert "as 0.1.0 measured it" in html


def test_a_stage_of_the_cascade_says_how_many_maps_it_left_out_and_why() -> None:
    made = finishing(4, spearman_cascade_1=0.5, spearman_cascade_1_abs=0.25)
    counted = {"integrated_gradients": [{"compared": 4, "randomized_constant": 2}]}
    values: dict[str, Any] = {"randomization": {"lowest_random_layers": ["logits"], "counted": counted}}
    html = page(dataclasses.replace(made, reports=(made.reports[0].model_copy(update={"values": values}),)))
    assert "<td>the head</td><td>logits</td>" in html
    assert "2: the map of the random model is constant" in html


@pytest.mark.parametrize("changes", [{"label": None}, {"relative_delta": None}, {"overlay": False}])
def test_what_was_not_measured_or_kept_is_left_out(changes: dict[str, Any]) -> None:
    html = page(finishing(4, **changes))
    assert "How to read this" in html


def test_the_page_says_how_many_images_the_percentiles_leave_out() -> None:
    made = finishing(4)
    broken = record(4, None, relative_delta=None)
    report = made.reports[0].model_copy(update={"records": (*made.reports[0].records, broken)})
    html = page(dataclasses.replace(made, reports=(report,)))
    assert "95th percentile of relative δ, without 1 that has none" in html
    assert "95th percentile of relative δ<" in page(made)
