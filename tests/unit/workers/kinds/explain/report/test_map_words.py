"""What the page says about its maps."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.results.record import ImageRecord
from tests.unit.workers.kinds.explain.report.conftest import explained_for, finishing, page, record


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
    assert "δ 1.0\N{NO-BREAK SPACE}%" in first
    assert "δ 2.0\N{NO-BREAK SPACE}%" in other


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


def test_what_was_done_to_the_maps_for_the_eye_is_told_of_each_method() -> None:
    html = page(finishing(4))
    assert "Integrated Gradients are smoothed a little, GradCAM is enlarged" in html
    assert "Both are smoothed" not in html


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
