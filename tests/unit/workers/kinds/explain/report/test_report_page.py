"""The page on made-up records, with real pictures in a store in memory."""

from __future__ import annotations

import dataclasses
import re
from datetime import UTC, datetime
from typing import Any, cast

import numpy as np
import pytest
from PIL import Image

from drawing.encoding import jpeg
from drawing.overlay import overlay as drawn
from jobs.job import Job
from jobs.models.artifact import Artifact
from jobs.plan import Plan, shards
from jobs.results.record import ImageRecord, MethodRecord
from jobs.results.report import Report
from jobs.specs.explain_spec import ExplainSpec
from ml.figures.gallery import Gallery, small_jpeg
from store.memory import MemoryStore
from tests.services.gathered import gathered
from tests.unit.workers.kinds.explain.test_results_table import MODEL
from workers.kinds.explain.report.charts import histogram, scatter
from workers.kinds.explain.report.page import report_page
from workers.kinds.explain.report.selection import WRONG
from workers.step.job_kind import FinishContext

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RNG = np.random.default_rng(3)
PHOTO = RNG.integers(0, 256, (224, 224, 3), dtype=np.uint8)
HEATMAP = RNG.normal(size=(224, 224)).astype(np.float32)
CLASS_NAMES = ("<script>alert(1)</script>", "tulip & rose", *(f"class {number}" for number in range(2, 200)))


class Stored:
    """A store, as the services know it."""

    def __init__(self) -> None:
        self.store = MemoryStore("report")


def stored(services: Stored, name: str, data: bytes) -> Artifact:
    info = services.store.put(f"jobs/j/{name}", data)
    return Artifact(name=name, key=info.key, size=info.size, sha256=info.sha256 or "")


def record(index: int, overlay: Artifact | None, *, label: int | None = 0, **values: float | None) -> ImageRecord:
    ig = MethodRecord(method="integrated_gradients", overlay=overlay, baseline="black", values={**values})
    cam = MethodRecord(method="gradcam", overlay=overlay, flags=("empty_cam",), values={"focus": 0.4})
    confidence = 0.5 + index % 97 / 200
    return ImageRecord(
        image_id=f"photo-{index}.jpg",
        index=index,
        label=label,
        prediction=index % 2,
        confidence=confidence,
        target=index % 2,
        methods=(cam, ig),
    )


def finishing(count: int, *, overlay: bool = True, explained_classes: int = 1, **changes: Any) -> FinishContext:
    services = Stored()
    picture = stored(services, "a.jpg", jpeg(drawn(PHOTO, HEATMAP, kind="diverging"))) if overlay else None
    gallery = Gallery()
    for label in range(explained_classes):
        gallery.add(label, {"gradcam": HEATMAP, "integrated_gradients": HEATMAP})
    photo, reports = small_jpeg(Image.fromarray(PHOTO)), []
    plan = Plan(
        job_id="j",
        kind="explain",
        created_at=NOW,
        total=count,
        unit="images",
        shards=shards(0, count, size=64),
        model=MODEL.model_copy(update={"class_names": CLASS_NAMES}),
    )
    for shard in plan.shards:
        gallery.photos = {f"photo-{index}.jpg": photo for index in range(shard.start, shard.stop)}
        records = tuple(
            record(index, picture, **{"relative_delta": index / 1e4, **changes})
            for index in range(shard.start, shard.stop)
        )
        reports.append(
            Report(
                job_id="j",
                step=shard.step,
                attempt="a",
                worker="w",
                started_at=NOW,
                finished_at=NOW,
                records=records,
                artifacts=(stored(services, f"{shard.step}/gallery.npz", gallery.encode()),),
            )
        )
    job = Job(id="j", created_at=NOW, spec=ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers"))
    return FinishContext(job, plan, tuple(reports), cast(Any, services), cast(Any, None))


def page(made: FinishContext) -> str:
    assert isinstance(made.job.spec, ExplainSpec)
    plan = made.plan.model_copy(update={"shards": ()})  # whatever the reports hold is taken as it is
    with gathered(made.job, plan, made.reports) as images:
        return report_page(made.job.spec, dataclasses.replace(made, images=images)).decode()


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


def explained_for(target: str | int, *records: ImageRecord) -> str:
    """The page of a job with this target, from these records."""
    made = finishing(len(records))
    spec = ExplainSpec(kind="explain", model="m", dataset="synthetic_flowers", target=target)
    report = made.reports[0].model_copy(update={"records": records})
    return page(dataclasses.replace(made, job=made.job.model_copy(update={"spec": spec}), reports=(report,)))


def of_class(one: ImageRecord, target: int, rank: int = 1) -> ImageRecord:
    maps = tuple(each.model_copy(update={"target": target, "rank": rank}) for each in one.methods)
    return one.model_copy(update={"methods": maps, "target": target if rank == 1 else one.target})


def scored(one: ImageRecord, score: str, **changes: Any) -> ImageRecord:
    maps = tuple(each.model_copy(update={"score": score, **changes}) for each in one.methods)
    return one.model_copy(update={"methods": maps})


@pytest.mark.parametrize(
    ("score", "foil", "words"),
    [
        ("centred", None, "why tulip &amp; rose rather than the other classes"),
        ("log_probability", None, "why tulip &amp; rose rather than the other classes, each as likely as it is"),
        ("against:second", 2, "why tulip &amp; rose rather than class 2"),
        ("logit", None, "what raises the logit of tulip &amp; rose"),
    ],
)
def test_a_card_says_what_its_maps_answer(score: str, foil: int | None, words: str) -> None:
    one = scored(of_class(record(0, None, label=1, relative_delta=0.01), 1), score, foil=foil)
    assert f'<p class="fine">{words}</p>' in explained_for("true", one)


def test_a_wrong_prediction_is_shown_against_the_true_class_last() -> None:
    one = scored(record(1, None, label=0, relative_delta=0.01), "centred")
    contrast = {"score": "against:true", "foil": 0, "contrast": True, "target": 1}
    methods = (*one.methods, one.methods[0].model_copy(update=contrast))
    card = explained_for("predicted", one.model_copy(update={"methods": methods}))
    assert "why tulip &amp; rose rather than &lt;script&gt;" in card.split("rather than the other classes")[2]


def test_an_empty_map_is_no_black_tile_but_a_sentence() -> None:
    html = page(finishing(4))
    sentence = "Nothing in this layer speaks for the class rather than for the others"
    assert f'<p class="empty-map">{sentence}' in html
    assert 'alt="GradCAM"' not in html
    assert 'alt="Integrated Gradients"' in html


def test_the_page_says_what_the_job_asked() -> None:
    assert "The maps say why the predicted class rather than the other classes." in page(finishing(4))


def test_each_of_several_maps_of_an_image_says_its_class() -> None:
    one = record(0, None, relative_delta=0.01)
    second = of_class(record(0, None, relative_delta=0.02), 1, rank=2)
    card = explained_for("top:2", one.model_copy(update={"methods": (*one.methods, *second.methods)}))
    first, other = card.split("raises the logit of &lt;script")[1].split("raises the logit of tulip")[:2]
    assert "δ 1.0 %" in first
    assert "δ 2.0 %" in other


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("predicted", "why might that speak for the wrong class?"),
        ("true", "The maps speak for the true class"),
        (1, "The maps speak for tulip &amp; rose"),
    ],
)
def test_wrong_predictions_are_introduced_by_what_their_maps_speak_for(target: str | int, words: str) -> None:
    assert words in explained_for(target, record(1, None, label=0))


def test_only_a_page_that_leaves_classes_out_says_so() -> None:
    said = "classes with the most images are shown"
    assert said not in page(finishing(4, explained_classes=2))
    assert f"The 120 {said}" in page(finishing(4, explained_classes=121))


def test_what_was_done_to_the_maps_for_the_eye_is_told_of_each_method() -> None:
    html = page(finishing(4))
    assert "Integrated Gradients are smoothed a little, GradCAM is enlarged" in html
    assert "Both are smoothed" not in html


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


def test_a_large_job_has_a_page_of_bounded_size() -> None:
    html = page(finishing(4149))
    assert len(html) < 5_000_000
    assert html.count('class="card"') <= 8 + WRONG + 12


@pytest.mark.parametrize("changes", [{"label": None}, {"relative_delta": None}, {"overlay": False}])
def test_what_was_not_measured_or_kept_is_left_out(changes: dict[str, Any]) -> None:
    html = page(finishing(4, **changes))
    assert "How to read this" in html


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


def test_images_without_labels_are_shown_too_with_what_the_colours_mean() -> None:
    html = page(finishing(4, label=None))
    assert "Surest predictions" in html
    assert html.count('class="scales"') == 1
    assert 'class="card"' in html.split("Surest predictions")[1].split("Least converged")[0]
    assert "Wrong predictions" not in html
    assert "predicted wrong" not in html


def test_the_colours_are_explained_once_also_where_nothing_was_predicted_right() -> None:
    assert page(finishing(4, label=7)).count('class="scales"') == 1
    assert page(finishing(4)).count('class="scales"') == 1


def test_the_page_says_how_many_images_the_percentiles_leave_out() -> None:
    made = finishing(4)
    broken = record(4, None, relative_delta=None)
    report = made.reports[0].model_copy(update={"records": (*made.reports[0].records, broken)})
    html = page(dataclasses.replace(made, reports=(report,)))
    assert "95th percentile of relative δ, without 1 that has none" in html
    assert "95th percentile of relative δ<" in page(made)


def test_a_histogram_counts_every_value_once_also_those_beyond_its_end() -> None:
    chart = histogram("δ", np.array([0.01, 0.02, 0.5, 7.0]), low=0, high=0.1)
    assert chart is not None
    assert sum(int(bar.text.rsplit(": ", 1)[1]) for bar in chart.bars) == 4
    assert chart.note == "2 beyond 0.1, counted in the last bar"


def test_equal_values_make_a_histogram_too() -> None:
    chart = histogram("evaluations", np.zeros(2), low=0, high=0)
    assert chart is not None
    assert len(chart.bars) == 1
    assert histogram("nothing", np.empty(0), low=0, high=1) is None


def test_a_scatter_plot_of_many_images_shows_an_even_selection() -> None:
    chart = scatter("GradCAM", np.linspace(0, 1, 10_000), np.full(10_000, 0.5), right=np.ones(10_000, bool))
    assert chart is not None
    assert (chart.count, chart.shown) == (10_000, chart.right.count("M"))
    assert chart.shown <= 1500
